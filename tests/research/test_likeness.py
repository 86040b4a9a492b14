import pytest

from research.likeness import DOMAIN, near, normal, own_words, same_domain


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        # One company, written in two ways
        ("Tarnwick Capital", "Tarnwick Capital", True),
        ("Tarnwick Capital", "TARNWICK CAPITAL LLP", True),
        ("Tarnwick Capital", "Tarnwick Asset Management", True),
        ("Tarnwick", "The Tarnwick Group Ltd.", True),
        ("Tarnwick Capital", "Tarnwich Capital", True),
        ("Blue Crest Partners", "Bluecrest Partners", True),
        ("Smith & Sons", "Smith and Sons L.L.P.", True),
        ("Société Générale", "Societe Generale", True),
        ("O'Hara Capital", "OHara Capital", True),
        ("Capital Partners", "Capital Partners LLP", True),
        # A desk, a mandate or a generation of one company
        ("Tarnwick Capital", "Tarnwick European Opportunities Fund", True),
        ("Tarnwick Fund I", "Tarnwick Fund II", True),
        # Two companies
        ("Tarnwick Capital", "Ellerbeck Capital", False),
        ("Heron Capital", "Ibis Capital", False),
        ("Heron Capital", "Herring Capital", False),
        ("Ibis Partners", "Iris Partners", False),
        ("North Lake Capital", "South Lake Capital", False),
        ("Capital Partners", "Asset Management", False),
        ("Fund 1", "Fund 2", False),
        ("…", "Heron", False),
    ],
)
def test_near_names_by_a_table_of_examples(name, other, expected):
    assert near(name, other) is expected
    assert near(other, name) is expected


@pytest.mark.parametrize(
    ("domain", "other", "expected"),
    [
        ("heron.example", "heron.example", True),
        ("uk.heron.example", "heron.example", True),
        ("heron.example", "research.uk.heron.example", True),
        ("heron.example", "blueheron.example", False),
        ("heron.example", "heron.test", False),
        ("uk.heron.example", "us.heron.example", False),
        ("", "", False),
        ("heron.example", "", False),
    ],
)
def test_same_domain_by_a_table_of_examples(domain, other, expected):
    assert same_domain(domain, other) is expected
    assert same_domain(other, domain) is expected


def test_normal_leaves_out_what_spelling_leaves_open():
    assert normal("  Æther & Söhne,  L.P. ") == "æther and sohne lp"


def test_own_words_fall_back_to_all_words():
    assert own_words("Tarnwick Capital Partners LLP") == ["tarnwick"]
    assert own_words("Capital Partners") == ["capital", "partners"]


@pytest.mark.parametrize(
    "text", ["heron", "heron.", ".example", "her on.example", "-heron.example", "heron.e", "h@x.y"]
)
def test_what_is_no_domain(text):
    assert not DOMAIN.fullmatch(text)
