import pytest
pytestmark = pytest.mark.django_db
def test_w(world):
    print({k:v for k,v in world.cases.items()})
def test_v(world):
    print(world.browser("clerk").get("/court/admin/").status_code)
