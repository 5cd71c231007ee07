"""`softargmax demo`."""

from softargmax import cli


def test_the_demo_refuses_a_folder_that_is_a_file(folder, capfd):
    assert cli.run(["demo", "--folder", "train.csv"]) == 1
    assert "train.csv" in (err := capfd.readouterr().err)
    assert "bug" not in err
