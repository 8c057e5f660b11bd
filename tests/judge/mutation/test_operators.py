"""What each operator makes of small programs: in every row the marked piece, and nothing else, becomes the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pytest

from judge.mutation.operator import Operator
from judge.mutation.operators import OPERATORS
from judge.mutation.syntax import Syntax

Row = tuple[str, str, tuple[str, ...]]

OFF_BY_ONE: Final[list[Row]] = [
    ("python", "if a <= «3»: b()", ("4", "2")),
    ("python", "for i in range(«n»): f(i)", ("n - 1", "n + 1")),
    ("python", "for i in range(*a): f(i)\nfor i in range(«b + c»): f(i)", ("(b + c) - 1", "(b + c) + 1")),
    ("python", "a = [b] * (n + «1»)", ("0",)),  # more room does no harm
    ("python", "M = «1_000_007»", ("1000006",)),
    ("python", "INF = 1_000_000", ()),  # as good as one less
    ("python", "x = f'{y + «2»}'", ("3", "1")),
    ("c", "int f() { return x + «2u»; }", ("3u", "1u")),
    ("c", "int a[«7»];", ("6",)),
    ("cpp", "int f() { for (int i = l; i < «n»; i++) g(i); }", ("n - 1",)),  # more is another comparison
    ("cpp", "int f() { for (int i = n; i >= «k + x»; i--) g(i); }", ("(k + x) - 1",)),
    ("cpp", "vector<int> v(n + «1»);", ("0",)),
    ("cpp", "#define N «100005»", ("100004",)),
    ("cpp", "int a = «1» << 30;", ("2", "0")),
    ("java", "class A { int[] a = new int[n + «1»]; }", ("0",)),
    ("java", "class A { int f() { return a[«2»]; } }", ("3", "1")),
    ("javascript", "f(x - «1n»);", ("2n", "0n")),
    ("javascript", "const a = new Array(n + «1»);", ("0",)),
    ("javascript", "const a = new Int32Array(n + «1»), b = Array.from({length: n + 0x1});", ("0",)),
    ("typescript", "let a: 3 = b[«1»];", ("2", "0")),
    ("go", "package main\nvar a = make([]int, n+«1»)", ("0",)),
    ("go", "package main\nvar b = c[«2»]", ("3", "1")),
    ("rust", "fn f() { for i in «k..n» { } }", ("k..=n", "k..n - 1", "k - 1..n", "k + 1..n")),
    ("rust", "fn f() -> i64 { «5i64» }", ("6i64", "4i64")),
]
COMPARISON: Final[list[Row]] = [
    ("python", "x = a «<» b", ("<=", ">")),
    ("python", "x = a «in» b", ("not in",)),
    ("python", "x = a «not in» b", ("in",)),
    ("python", "x = a «is not» b", ("is",)),
    ("c", "int f() { while (a «>» b) g(); }", (">=", "<")),
    ("cpp", "bool f() { return a «>=» b; }", (">", "<=")),
    ("cpp", "int f() { for (int i = 0; i «<» n; i++) g(vector<int>()); }", ("<=",)),
    ("java", "class A { boolean f() { return a «!=» b; } }", ("==",)),
    ("javascript", "f(a «===» b);", ("!==",)),
    ("typescript", "f(a «!==» b);", ("===",)),
    ("go", "package main\nvar a = b «<=» c", ("<", ">=")),
    ("rust", "fn f() { if i «<» k { g(); } }", ("<=", ">")),
]
ARITHMETIC: Final[list[Row]] = [
    ("python", "a = b «+» c", ("-",)),
    ("python", "a «-=» b", ("+=",)),
    ("python", "a = b «//» c", ("*",)),
    ("python", "a = b «%» c", ("//",)),
    ("python", "a = 'x' + b + str(c «*» d)", ("+",)),  # texts are joined, not added
    ("python", "a = [0] * n; b = '%d' % a; c = d «**» 2", ("*",)),
    ("c", "int f() { return a «/» b; }", ("*",)),
    ("cpp", "int f() { for (int i = 0; i < n; i++) { a«++»; } }", ("--",)),
    ("java", 'class A { String f() { return "a" + b + (c «-» d); } }', ("+",)),
    ("javascript", "for (let i = 0; i < n; i += 2) a «*=» b;", ("+=",)),
    ("typescript", "a «/=» b;", ("*=",)),
    ("go", "package main\nfunc f() {\n\tfor i := 0; i < n; i++ { a«++» }\n}", ("--",)),
    ("rust", "fn f() { a «-=» b; }", ("+=",)),
]
CONSTANT: Final[list[Row]] = [
    ("python", "x = «-1»", ("1",)),
    ("python", "x = «True»", ("False",)),
    ("python", "x = «a * b % M»", ("a * b",)),
    ("python", "x = '%d' % y", ()),
    ("python", "x = «5»", ("1",)),
    ("python", "x = «2»", ("0",)),
    ("python", "x = «1000000»", ("1000",)),
    ("c", "int a[«100005»];", ("100",)),
    ("cpp", "#define M «1000000007»", ("1000000",)),
    ("cpp", "const double INF = «1e18»;", ("1e15",)),
    ("cpp", "int f() { while (true) { return «-x»; } }", ("x",)),
    ("java", "class A { long m = «1_000_000_007L»; }", ("1000000L",)),
    ("java", "class A { boolean b = «false»; }", ("true",)),
    ("javascript", "let a = «1e9»;", ("1e6",)),
    ("javascript", "let a = «x % M»;", ("x",)),
    ("typescript", "let a: boolean = «false»;", ("true",)),
    ("go", "package main\nconst M = «1e9»", ("1e6",)),
    ("rust", "fn f() -> bool { «true» }", ("false",)),
]
LOGICAL: Final[list[Row]] = [
    ("python", "x = «a and b»", ("a or b", "a", "b")),
    ("python", "if «a»: c()", ("not (a)",)),
    ("python", "if «not a»: c()", ("a",)),
    ("python", "x = a if «b < c» else d", ("not (b < c)",)),
    ("python", "if a == b: c()", ()),  # turned round it is another comparison
    ("python", "if __name__ == '__main__': main()", ()),
    ("c", "int f() { while («x && y») h(); }", ("x || y", "x", "y")),
    ("cpp", "int f() { return «x > 0» ? 1 : 2; }", ("!(x > 0)",)),
    ("cpp", "int f() { if (auto x = g()) h(); }", ()),
    ("java", "class A { int f() { if («a») g(); } }", ("!(a)",)),
    ("javascript", "f(«a || b»);", ("a && b", "a", "b")),
    ("typescript", "const x = «a» ? b : c;", ("!(a)",)),
    ("go", "package main\nfunc f() { if «a» { g() } }", ("!(a)",)),
    ("rust", "fn f() { g(«!b»); if let Some(x) = y { h(x); } }", ("b",)),
]
MISSING_CASE: Final[list[Row]] = [
    ("python", "if a:\n    «b()»", ("pass",)),
    ("python", "if a:\n    pass\n«elif c:\n    pass\n»else:\n    pass", ("\n",)),
    ("python", "if a:\n    pass\n«else:\n    e()»", ("",)),
    ("python", "match a:\n    «case 1:\n        b()»\n    case _:\n        pass", ("",)),
    ("c", "void f() { if (a) { } «else { b(); }» }", ("",)),
    ("cpp", "void f() { if (a) {} else «if (c) {} else e();» }", ("if (c) {} ", "e();")),
    ("cpp", "void f() { switch (x) { «case 1: g(); break;» } }", ("",)),
    ("java", "class A { void f() { if (a) {} «else { d(); }» } }", ("",)),
    ("java", "class A { void f() { switch (x) { «case 1 -> g();» } } }", ("",)),
    ("java", "class A { void f() { switch (x) { «default: g();» } } }", ("",)),
    ("javascript", "if (a) «b();»", ("{}",)),
    ("javascript", "switch (x) { «case 1: d();» }", ("",)),
    ("typescript", "if (a) «{ b(); }»", ("{}",)),
    ("go", "package main\nfunc f() { if a {} «else { e() }» }", ("",)),
    ("go", "package main\nfunc f() { switch x {\n«case 1:\n\tg()\n»} }", ("",)),
    ("rust", "fn f() { match x { «1 => d(),» _ => e() } }", ("",)),
]
OVERFLOW_WIDTH: Final[list[Row]] = [
    ("c", "«long» a;", ("int",)),
    ("c", "«size_t» a; int b;", ("unsigned",)),
    ("cpp", "#define int «long long»", ("int",)),
    ("cpp", "using ll = «long long»;", ("int",)),
    ("cpp", "void f(const vector<«int64_t»>& v);", ("int32_t",)),
    ("cpp", "«std::size_t» a;", ("unsigned",)),
    ("cpp", "auto a = («unsigned long long») b;", ("unsigned",)),
    ("cpp", "«double» a;", ("float",)),
    ("java", "class A { «long» a = 5; }", ("int",)),
    ("java", "class A { long a = «b * c»; }", ("(int) (b * c)",)),
    ("java", "class A { int a = b * c; }", ()),
    ("java", "class A { void f(long[] d) { d[i] = «a + b»; e[i] = a; } }", ("(int) (a + b)",)),
    ("java", "class A { long f() { return «a + b»; } }", ("(int) (a + b)",)),
    ("java", "class A { Object f() { return («long») a; } }", ("int",)),
    ("go", "package main\nvar a «int64»", ("int32",)),
    ("rust", "fn f(a: «u128») { }", ("u64",)),
    ("python", "a = 10 ** 18", ()),
    ("javascript", "a = 1e18;", ()),
]
EARLY_RETURN: Final[list[Row]] = [
    ("python", "for i in a:\n    b(i)\n    c(i)«»", ("\n    break",)),
    ("python", "while a: b()«»", ("; break",)),
    ("python", "for i in a:\n    if i: «break»\n    return", ("continue",)),
    ("python", "while a:\n    if i: break\n    return", ()),  # it might never end
    ("python", "for i in a: pass", ()),
    ("c", "void f() { for (;;) { switch (a) { case 1: break; } return; } }", ()),
    ("cpp", "void f() { while (a--) { b(); «»} }", ("break; ",)),
    ("cpp", "void f() { for (auto x : v) «g(x);» }", ("{ g(x); break; }",)),
    ("cpp", "void f() { do { g(); «»} while (a); }", ("break; ",)),
    ("java", "class A { void f() { for (int x : a) { if (x > 1) «continue»; return; } } }", ("break",)),
    ("javascript", "while (c) «d();»", ("{ d(); break; }",)),
    ("typescript", "for (const x of a) { b(x); «»}", ("break; ",)),
    ("go", "package main\nfunc f() { for a { b() «»} }", ("\nbreak\n",)),
    ("rust", "fn f() { loop { b() «»} }", ("; break; ",)),
]
STATEMENT_DELETION: Final[list[Row]] = [
    ("python", "a = 1", ()),  # without its first value nothing works
    ("python", "a = 1\n«a = 2»", ("pass",)),
    ("python", "a = 1\ndef f():\n    a = 2", ()),
    ("python", "a, b = 1, 2\n«b, a = a, b»", ("pass",)),
    ("python", "«a[0] = 3»", ("pass",)),
    ("python", "«a.sort()»\nprint(a)", ("pass",)),
    ("c", "void f() { int a = 1; «memset(a, 0, 5);» }", (";",)),
    ("cpp", "void f() { «sort(c, d);» printf(c); cin >> a; for (i = 0; i < n; i++); }", (";",)),
    ("java", "class A { void f() { «Arrays.sort(a);» System.out.println(d); } }", (";",)),
    ("javascript", "let a = 1;\n«a = 2;»\nconsole.log(b);", (";",)),
    ("typescript", "«c--;»", (";",)),
    ("go", "package main\nfunc f() {\n\ta := 1\n\t«a = 2»\n\tfmt.Println(a)\n}", ("",)),
    ("rust", 'fn f() { let mut a = 1; «a += 1;» println!("{}", a); }', ("",)),
]
SLICE_BOUNDARY: Final[list[Row]] = [
    ("python", "a[«i»:1]", ("i + 1",)),
    ("python", "a[«:1»]", ("1:1",)),
    ("python", "a[1«:»]", (":-1",)),
    ("python", "a[::-1]", ()),
    ("python", "a[«i»::2]", ("i + 1",)),
    ("cpp", "auto a = s.substr(«i + j», 1);", ("(i + j) + 1",)),
    ("java", "class A { String f() { return s.substring(1, «j»); } }", ("j - 1",)),
    ("javascript", "f(a.slice(«i»));", ("i + 1",)),
    ("typescript", "f(a.slice(0, «i»));", ("i - 1",)),
    ("go", "package main\nvar a = b[«i»:]", ("i + 1",)),
    ("rust", "fn f() { g(&a[0..«j»]); }", ("j - 1",)),
]
FUNCTION_SWAP: Final[list[Row]] = [
    ("python", "a = «min»(b, c)", ("max",)),
    ("python", "a = bisect.«bisect_left»(b, c)", ("bisect_right",)),
    ("c", "double a() { return «ceil»(b); }", ("floor",)),
    ("cpp", "int f() { return std::«max»<int>(a, b); }", ("min",)),
    ("cpp", "auto f() { return «lower_bound»(a, b, c); }", ("upper_bound",)),
    ("java", "class A { int f() { return Math.«max»(a, b); } }", ("min",)),
    ("javascript", "f(a.«some»(b));", ("every",)),
    ("typescript", "f(Math.«floor»(a));", ("ceil",)),
    ("go", "package main\nvar a = math.«Max»(d, e)", ("Min",)),
    ("rust", "fn f() { g(a.«max»(b)); }", ("min",)),
]
TABLES: Final = {
    Operator.OFF_BY_ONE: OFF_BY_ONE,
    Operator.COMPARISON: COMPARISON,
    Operator.ARITHMETIC: ARITHMETIC,
    Operator.CONSTANT: CONSTANT,
    Operator.LOGICAL: LOGICAL,
    Operator.MISSING_CASE: MISSING_CASE,
    Operator.OVERFLOW_WIDTH: OVERFLOW_WIDTH,
    Operator.EARLY_RETURN: EARLY_RETURN,
    Operator.STATEMENT_DELETION: STATEMENT_DELETION,
    Operator.SLICE_BOUNDARY: SLICE_BOUNDARY,
    Operator.FUNCTION_SWAP: FUNCTION_SWAP,
}


def rows() -> Iterator[object]:
    for operator, table in TABLES.items():
        for language, marked, others in table:
            yield pytest.param(operator, language, marked, others, id=f"{operator}-{language}-{marked}")


@pytest.mark.parametrize(("operator", "language", "marked", "others"), list(rows()))
def test_the_marked_piece_becomes_each_of_the_others(
    operator: Operator, language: str, marked: str, others: tuple[str, ...]
) -> None:
    text = re.sub("[«»]", "", marked).encode()
    made = [edit.apply(text).decode() for edit in OPERATORS[operator](Syntax(text, language))]
    before, after = re.split("«.*»", marked, flags=re.DOTALL) if others else ("", "")
    assert sorted(made) == sorted(before + other + after for other in others)


def test_every_operator_has_a_table_with_every_language_that_it_is_for() -> None:
    assert set(TABLES) == set(OPERATORS) == set(Operator)
    languages = {"python", "c", "cpp", "java", "javascript", "typescript", "go", "rust"}
    for operator, table in TABLES.items():
        missing = languages - {language for language, _, _ in table}
        allowed = {Operator.SLICE_BOUNDARY: {"c"}, Operator.OVERFLOW_WIDTH: {"typescript"}}.get(operator, set())
        assert missing == allowed, operator


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "python",
            '"""Add 1 + 2."""\nimport a.b1  # 3 < 4\nprint(input(), flush=True)\nsys.setrecursionlimit(10**6)',
        ),
        ("c", "#include <a1.h>\n/* 1 < 2 */ // if (a) b();\n#ifdef LOCAL\nint a = 1;\n#endif\n"),
        ("cpp", '#include "b2.h"\nint main() { cin.tie(0); scanf("%d 1 < 2", &n); return 0; }'),
        ("cpp", 'void f() { if (scanf("%d", &n) != 1) return; if (1 != scanf("%d", &k)) { return; } }'),
        ("java", "package a.b1;\nimport c.d2;\n@Override(1)\nclass A { /* 1 + 1 */ }"),
        ("javascript", "const fs = require('fs1');\nfs.readFileSync(0, 'utf8');\nimport a from 'b1';\n// 1 < 2"),
        ("typescript", "type A = 1 | 2;\ninterface B { a: 3 }\nenum C { D = 1 }"),
        ("go", 'package main\nimport "a1"\n// 1 + 1\n'),
        ("rust", 'use a::b1;\n#[derive(C)]\nstruct D;\nfn f() { println!("{}", 1 + 2); }\n// 1 < 2'),
    ],
)
def test_imports_comments_texts_and_set_up_are_left_alone(language: str, text: str) -> None:
    syntax = Syntax(text.encode(), language)
    made = {name: [edit.apply(syntax.text) for edit in operator(syntax)] for name, operator in OPERATORS.items()}
    assert {name: edits for name, edits in made.items() if edits} == {}


def test_a_long_literal_in_java_loses_its_suffix_with_its_type() -> None:
    text = b"class A { long a = 5L; }"
    made = [edit.apply(text) for edit in OPERATORS[Operator.OVERFLOW_WIDTH](Syntax(text, "java"))]
    assert made == [b"class A { int a = 5; }", b"class A { long a = 5; }"]


@pytest.mark.parametrize("language", ["go", "rust"])
def test_where_types_must_agree_a_width_is_changed_in_the_whole_file(language: str) -> None:
    text, narrow = {
        "go": (b"package main\nvar a int64 = int64(b)\n", b"package main\nvar a int32 = int32(b)\n"),
        "rust": (b"fn f(a: i64) -> i64 { a + 1_000i64 }", b"fn f(a: i32) -> i32 { a + 1_000i32 }"),
    }[language]
    (edit,) = OPERATORS[Operator.OVERFLOW_WIDTH](Syntax(text, language))
    assert edit.apply(text) == narrow
