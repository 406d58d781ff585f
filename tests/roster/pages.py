"""Addresses for the sign-in tests: the shared views, mounted as a platform mounts them."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from roster.signin import Register, SignIn, SignOut


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user))


urlpatterns = [
    path("home/", home, name="home"),
    path("sign-in/", SignIn.as_view(home="home"), name="sign_in"),
    path("sign-out/", SignOut.as_view(), name="sign_out"),
    path("register/", Register.as_view(home="home"), name="register"),
]
