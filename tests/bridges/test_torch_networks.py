"""A network of PyTorch that ends in Linear(3) and our softmax is trained on flowers, calibrated, saved and loaded."""

import numpy as np
import pytest

import softargmax as sm

torch = pytest.importorskip("torch")
ours = pytest.importorskip("softargmax.torch")
nn = torch.nn


def test_a_network_is_trained_calibrated_saved_and_loaded(tmp_path):
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    x = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
    codes = torch.tensor(y)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    loss, optimizer = ours.CrossEntropyLoss(), torch.optim.Adam(network.parameters(), 0.05)
    for _ in range(60):
        optimizer.zero_grad()
        loss(network(x), codes).backward()
        optimizer.step()
    network.eval()
    with torch.no_grad():
        z, p = network(x), nn.Sequential(network, ours.Softmax(dim=-1))(x)
    assert (p.argmax(1) == codes).float().mean() > 0.9
    np.testing.assert_array_max_ulp(p.numpy(), sm.softmax(z.numpy()), 1)

    fitted = sm.VectorScaling().fit(z.numpy(), y)
    whole = nn.Sequential(network, ours.module(fitted), ours.Softmax(dim=-1)).eval()
    with torch.no_grad():
        calibrated, moved = whole(x), whole[:2](x)
    np.testing.assert_array_max_ulp(calibrated.numpy(), sm.softmax(moved.numpy()), 1)
    np.testing.assert_allclose(calibrated, fitted.predict_proba(z.numpy()), rtol=2e-6, atol=1e-9)

    torch.save(whole.state_dict(), tmp_path / "network.pt")
    again = nn.Sequential(
        nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)), ours.module(fitted), ours.Softmax(dim=-1)
    )
    again.load_state_dict(torch.load(tmp_path / "network.pt", weights_only=True))
    torch.export.save(torch.export.export(whole, (x,)), tmp_path / "network.pt2")
    for loaded in (again.eval(), torch.export.load(tmp_path / "network.pt2").module()):
        with torch.no_grad():
            assert torch.equal(loaded(x), calibrated)
