"""Sealed columns, sealed bytes, the blind index and the rotation of keys."""

from __future__ import annotations

import base64

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from mediation.chain import SealBroken
from roster.sealed import SealedField, UnknownFieldKey, blind_index, open_bytes, reseal, reseal_rows, seal_bytes


def key(name: str, byte: int) -> str:
    return f"{name}:{base64.b64encode(bytes([byte]) * 32).decode()}"


OLD, NEW = key("k1", 1), key("k2", 2)


class SealedNote(models.Model):
    """A row of these tests only."""

    secret = SealedField(blank=True, null=True)
    other = SealedField(default="")

    class Meta:
        app_label = "intake"
        managed = False


@pytest.fixture(autouse=True)
def _ring(settings):
    settings.FIELD_KEYS = [OLD]
    settings.INDEX_KEY = base64.b64encode(b"i" * 32).decode()


@pytest.fixture
def notes(transactional_db):
    with connection.schema_editor() as editor:
        editor.create_model(SealedNote)
    yield SealedNote.objects
    with connection.schema_editor() as editor:
        editor.delete_model(SealedNote)


def stored(column: str = "secret") -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {SealedNote._meta.db_table} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_sealed_bytes_open_in_their_context_only(content, context):
    once = seal_bytes(content, context)

    assert open_bytes(once, context) == content
    assert seal_bytes(content, context) != once
    with pytest.raises(SealBroken):
        open_bytes(once, context + b"x")


@given(st.data())
def test_any_changed_byte_is_noticed(data):
    once = bytearray(seal_bytes(b"13800138000"))
    once[data.draw(st.integers(0, len(once) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises((SealBroken, UnknownFieldKey)):
        open_bytes(bytes(once))


def test_a_new_key_seals_while_the_old_one_still_opens(settings):
    before = seal_bytes(b"secret", b"c")

    settings.FIELD_KEYS = [NEW, OLD]
    after = reseal(before, b"c")

    assert open_bytes(before, b"c") == b"secret"
    assert after.startswith(b"k2:")
    assert reseal(after, b"c") == after
    settings.FIELD_KEYS = [NEW]
    assert open_bytes(after, b"c") == b"secret"
    with pytest.raises(UnknownFieldKey, match="k1"):
        open_bytes(before, b"c")


@pytest.mark.parametrize("ring", [[], ["k1"], ["k1:AAAA"], ["k1:!!"], [OLD, OLD], [":" + OLD[3:]], ["钥:" + OLD[3:]]])
def test_a_wrong_ring_says_how_to_mend_it(settings, ring):
    settings.FIELD_KEYS = ring

    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS must"):
        seal_bytes(b"x")


def test_the_blind_index_finds_the_same_number_however_typed_and_depends_on_its_key(settings):
    index = blind_index("11010519491231002X")

    assert blind_index(" 110105 19491231002ｘ") == index
    assert blind_index("110105194912310021") != index
    settings.INDEX_KEY = base64.b64encode(b"j" * 32).decode()
    assert blind_index("11010519491231002X") != index
    settings.INDEX_KEY = "short"
    with pytest.raises(ImproperlyConfigured, match="INDEX_KEY must"):
        blind_index("1")


def test_a_sealed_column_is_unreadable_at_rest_and_opens_when_read(notes):
    notes.create(secret="11010519491231002X", other="13800138000")
    notes.bulk_create([SealedNote(secret="", other="甲"), SealedNote(secret=None)])

    assert stored()[0].startswith("k1:")
    assert "110105" not in stored()[0]
    assert stored()[1:] == ["", None]
    assert list(notes.order_by("pk").values_list("secret", "other")) == [
        ("11010519491231002X", "13800138000"),
        ("", "甲"),
        (None, ""),
    ]
    assert notes.filter(secret__isnull=True).count() == 1


@pytest.mark.parametrize(
    "lookup", ["secret", "secret__exact", "secret__in", "secret__icontains", "secret__gt", "secret__regex"]
)
def test_a_sealed_column_is_not_searched(notes, lookup):
    with pytest.raises(FieldError, match="blind index"):
        notes.filter(**{lookup: ["x"] if lookup.endswith("in") else "x"}).exists()


def test_a_sealed_text_moved_to_another_column_does_not_open(notes):
    notes.create(secret="a", other="b")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {SealedNote._meta.db_table} SET other = secret")

    with pytest.raises(SealBroken):
        notes.get()


def test_rotation_reseals_every_row_and_may_be_repeated(notes, settings):
    notes.bulk_create([SealedNote(secret=str(place), other="" if place % 2 else "x") for place in range(7)])
    settings.FIELD_KEYS = [NEW, OLD]
    notes.create(secret="7", other="")

    written = reseal_rows(SealedNote, batch=3)

    assert written == 7 + 4
    assert reseal_rows(SealedNote) == 0
    settings.FIELD_KEYS = [NEW]
    assert [note.secret for note in notes.order_by("pk")] == [str(place) for place in range(8)]
