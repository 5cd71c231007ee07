from softargmax._estimate import CalibrationTest, Estimate


def test_what_rounds_to_zero_has_no_sign():
    assert str(Estimate(-1e-6, -0.0, 1e-6, 0.95, 10)) == "0.0000 [0.0000, 0.0000]"
    assert str(Estimate(-0.00006, -0.5, -0.00004, 0.95, 10)) == "-0.0001 [-0.5000, 0.0000]"
    assert str(CalibrationTest(-1e-9, 1.0, 10)) == "0.0000 (p = 1)"
