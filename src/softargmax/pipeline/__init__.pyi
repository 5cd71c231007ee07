"""Every public name of this package and the submodule it lives in: read by type checkers, and when it is imported."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # as in the stub of the root, which says why
    from .calibrating import CalibrationReport as CalibrationReport
    from .calibrating import calibrate as calibrate
    from .deciding import Decided as Decided
    from .kept_promises import KeptPromises as KeptPromises
    from .preparing import FitPlan as FitPlan
    from .records import Evaluation as Evaluation
    from .records import FitOptions as FitOptions
    from .records import FitRecord as FitRecord
    from .records import Importance as Importance
    from .records import Split as Split
    from .table_classifier import TableClassifier as TableClassifier
    from .table_decisions import Decisions as Decisions
    from .table_model import TableModel as TableModel
