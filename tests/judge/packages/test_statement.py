"""Statements: which one is shown, and what LaTeX becomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge import PackageError
from judge.packages.latex import MOST_CHARACTERS, markdown
from judge.packages.statement import Description, description_of

LEGACY = r"""
\problemname{Sums \& Products}
% for whoever translates this
\illustration{0.3}{image.jpg}{Picture by \href{https://pictures.example/a_b\%20c}{somebody}}
Given $n \leq 10^5$ numbers --- find ``the sum''.

\section*{Input}
   The first line has an integer $n$. % not shown
\begin{itemize}
  \item one line with $n$
  \item \textbf{then} the numbers
\end{itemize}
\section*{Output}
Print \texttt{sum\_of} them.
"""
CONVERTED = """\
![](image.jpg)

*Picture by [somebody](https://pictures.example/a_b%20c)*

Given $n \\leq 10^5$ numbers — find “the sum”.

## Input

The first line has an integer $n$.

- one line with $n$
- **then** the numbers

## Output

Print `sum_of` them.
"""

PIECES = (
    *("\\begin{", "itemize}", "tabular}{l}", "\\end{", "\\item", "\\[", "\\]", "$$", "a", "é", "\\emph{", "\\verb|"),
    *("\\newcommand{\\x}{", "\\x", "\\begin{verbatim}", "\\end{verbatim}", "\\includegraphics", "\\href{"),
    *"\\{}[]$%&#_~ \n",
)


def text(source: str) -> str:
    return markdown(source).text.strip()


class TestChoosing:
    @pytest.fixture
    def package(self, tmp_path: Path) -> Path:
        return tmp_path

    def put(self, package: Path, **files: bytes | str) -> Description:
        for name, content in files.items():
            directory, _, rest = name.partition("__")
            path = package / directory / rest.replace("__", "-").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return description_of(package)

    def test_markdown_is_shown_as_it_is_without_the_places_of_samples(self, package: Path) -> None:
        found = self.put(
            package, statement__problem_en_md="# A\r\n*b* $x_1$\n{{nextsample}}\nend\n\n{{ remainingsamples }}\n"
        )
        assert found == Description("# A\n*b* $x_1$\nend\n\n", "en", None, ())

    def test_latex_of_a_legacy_package_is_converted(self, package: Path) -> None:
        path = package / "problem_statement" / "problem.en.tex"
        path.parent.mkdir()
        path.write_text(LEGACY)
        assert description_of(package) == Description(CONVERTED, "en", "Sums & Products", ())

    def test_english_comes_first_then_the_alphabet(self, package: Path) -> None:
        found = self.put(package, statement__problem_sv_md="Hej", statement__problem_de_tex="Hallo")
        assert (found.text, found.language) == ("Hallo\n", "de")
        found = self.put(package, statement__problem_en__US_tex="Hi")
        assert (found.text, found.language) == ("Hi\n", "en-US")
        found = self.put(package, statement__problem_en_tex="Hello")
        assert (found.text, found.language) == ("Hello\n", "en")
        assert len(found.warnings) == 3

    def test_markdown_comes_before_latex(self, package: Path) -> None:
        found = self.put(package, statement__problem_en_md="Markdown", statement__problem_en_tex="LaTeX")
        assert found.text == "Markdown"

    def test_without_a_language_it_is_english(self, package: Path) -> None:
        assert self.put(package, statement__problem_tex="Hello").language == "en"

    def test_a_pdf_is_refused_unless_there_is_text(self, package: Path) -> None:
        with pytest.raises(PackageError, match=r"statement/problem\.en\.pdf: is a PDF"):
            self.put(package, statement__problem_en_pdf=b"%PDF-1.7")
        assert self.put(package, statement__problem_sv_md="Hej").text == "Hej"

    def test_no_statement_is_a_warning(self, package: Path) -> None:
        found = description_of(package)
        assert (found.text, found.language) == ("", None)
        assert "there is no statement" in found.warnings[0]

    @pytest.mark.parametrize(
        "content", [b"\xff", b"a" * (4 * MOST_CHARACTERS + 1), b"{" * 5000, b"a" * (MOST_CHARACTERS + 1)]
    )
    def test_what_cannot_be_read_is_named(self, package: Path, content: bytes) -> None:
        with pytest.raises(PackageError, match=r"statement/problem\.en\.tex: "):
            self.put(package, statement__problem_en_tex=content)


class TestText:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            (r"\emph{a} \textit{b} {\it c} \textbf{d} {\bf e f}", "*a* *b* *c* **d** **e f**"),
            (r"\textbf{ a } b", "**a**  b"),
            (r"\texttt{a_b*c} {\tt d} \t{e}", "`a_b*c` `d` `e`"),
            (r"\verb|x % y| \lstinline{a $b$}", "`x % y` `a $b$`"),
            (r"\texttt{`}", "`` ` ``"),
            (r"5 * 3 < 7, a_b, [x] and \$5 at 10\% \# \{\}", r"5 \* 3 \< 7, a\_b, \[x\] and \$5 at 10% # {}"),
            ("- no list\n+ none\n1. none\n# none", "\\- no list\n\\+ none\n\\1. none\n\\# none"),
            (r"``a'' `b' it's", "“a” \\`b' it's"),
            (r"a--b --- c", "a–b — c"),  # noqa: RUF001 - the dash that is meant
            (r"\'{e}\'e \"o \c{c} \v{s} \H{o} \aa\ \O\ \ss{} na\"{\i}ve", "éé ö ç š ő å Ø ß naïve"),
            (r"a\ldots\ b \dots{} \textbackslash{} \copyright", "a… b … \\\\ ©"),
            ("a~b", "a\N{NO-BREAK SPACE}b"),
            ("one % two\nthree\n% four\nfive\n\n% six\n\nseven 10\\% % x", "one\nthree\nfive\n\nseven 10%"),
            (r"a\\b \newline c", "a\\\nb\\\nc"),
            (
                r"\href{https://x.example/a\_b?c=d\&e}{there} \url{https://y.example}",
                "[there](https://x.example/a_b?c=d&e) <https://y.example>",
            ),
            (r"x\footnote{y}", "x (y)"),
            (r"\textsc{Name} \underline{u} \mbox{m} \textcolor{red}{r}", "Name u m r"),
            (r"\noindent\centering\vspace{1cm}a\label{b}\bigskip", "a"),
            ("    indented four\n      and six", "indented four\nand six"),
            (r"\InputFile In \OutputFile Out", "## Input\n\nIn\n\n## Output\n\nOut"),
            (r"\begin{quote}a\end{quote}", "> a"),
            (r"<<a>> \No 5", "\\<\\<a\\>\\> №5"),
        ],
    )
    def test_what_becomes_of_it(self, source: str, expected: str) -> None:
        assert text(source) == expected

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            (r"$a_i * b_i < c$", r"$a_i * b_i < c$"),
            (r"\(x\) and \[ y \] z", "$x$ and\n\n$$\ny\n$$\n\nz"),
            ("$$a\n + b$$", "$$\na\n+ b\n$$"),
            ("$a % comment\n b$", "$a b$"),
            (r"\begin{equation}\label{e} e = mc^2 \end{equation}", "$$\ne = mc^2\n$$"),
            (
                r"\begin{align*} a &= b \\ c &= d \end{align*}",
                "$$\n\\begin{aligned}a &= b \\\\ c &= d\\end{aligned}\n$$",
            ),
            (r"\newcommand{\maxn}{10^5} $n \le \maxn$", r"$n \le 10^5$"),
            (r"\def\x{y_{1}}\newcommand\z{\x+\x} $\z$, $\xi$", r"$y_{1}+y_{1}$, $\xi$"),
        ],
    )
    def test_formulas(self, source: str, expected: str) -> None:
        assert text(source) == expected


class TestBlocks:
    def test_lists_within_lists(self) -> None:
        source = (
            r"\begin{enumerate}\item a" "\n\n" r"b\item \begin{itemize}\item c \item d\end{itemize}\end{enumerate}e"
        )
        assert text(source) == "1. a\n\n   b\n1. - c\n   - d\n\ne"

    def test_descriptions(self) -> None:
        assert text(r"\begin{description}\item[A b] c \item[D] e\end{description}") == "- **A b** c\n- **D** e"

    def test_code_is_kept_byte_for_byte(self) -> None:
        source = "a\n\\begin{verbatim}\n  x % \\y\n\n\n    {z}\n\\end{verbatim}\nb"
        assert text(source) == "a\n\n```\n  x % \\y\n\n\n    {z}\n```\n\nb"

    def test_code_in_a_list_is_indented(self) -> None:
        source = "\\begin{itemize}\\item a\n\\begin{lstlisting}[language=C]\nint x;\n\\end{lstlisting}\n\\end{itemize}"
        assert text(source) == "- a\n\n  ```\n  int x;\n  ```"

    def test_tables(self) -> None:
        source = r"\begin{tabular}{|l|r|} \hline a & \textbf{b} \\ \hline 1 & x|y \\ $z$ \\ \hline \end{tabular}"
        assert text(source) == "| a | **b** |\n| --- | --- |\n| 1 | x\\|y |\n| $z$ |  |"

    def test_pictures(self) -> None:
        found = markdown(
            r"\includegraphics[width=3cm]{a} \includegraphics{b.pdf}"
            r"\begin{figure}[h]\includegraphics{c d.png}\caption{e}\end{figure}",
            pictures=["a.png"],
        )
        assert found.text == "![](a.png)\n\n![](c%20d.png)\n\n*e*\n"
        assert found.warnings == (
            "statement: dropped, with their text kept: the picture b.pdf (a browser cannot show it)",
        )

    def test_only_the_body_of_a_document_is_shown(self) -> None:
        source = r"\documentclass{article}\newcommand{\a}{b}\title{x}\begin{document}\maketitle c \a\end{document} d"
        assert text(source) == "c b"

    def test_statements_of_polygon(self) -> None:
        source = (
            r"\begin{problem}{Sum}{stdin}{stdout}{1 second}{256 MB} a \InputFile b"
            r"\Example \begin{example}\exmp{1}{2}\end{example}\end{problem}"
        )
        found = markdown(source)
        assert (found.text, found.title) == ("a\n\n## Input\n\nb\n", "Sum")


class TestWarnings:
    def test_what_is_not_known_is_named_once_and_its_text_stays(self) -> None:
        found = markdown(r"\foo{a} \foo{b} \begin{theorem}c\end{theorem}")
        assert found.text == "a b\n\nc\n"
        assert found.warnings == (r"statement: dropped, with their text kept: \foo, \begin{theorem}",)

    def test_macros_with_arguments_are_not_expanded(self) -> None:
        found = markdown(r"\newcommand{\both}[2]{#1 and #2}\both{a}{b}")
        assert found.text == "ab\n"
        assert r"\both takes arguments" in found.warnings[0]

    def test_a_command_without_braces_takes_all_of_what_is_verbatim(self) -> None:
        assert text(r"\emph\verb|a_b| c") == "*`a_b`* c"
        assert "(a.png)" in text(r"\includegraphics\verb|a.png|")

    def test_macros_that_grow_without_end_are_left_alone(self) -> None:
        source = r"\newcommand{\a}{\b\b\b\b\b\b\b\b}\newcommand{\b}{\a\a\a\a\a\a\a\a}\a"
        assert len(markdown(source).text) < 2 * MOST_CHARACTERS

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(
            st.sampled_from(PIECES),
            max_size=40,
        ).map("".join)
    )
    def test_nothing_leads_to_anything_but_text_or_a_refusal(self, source: str) -> None:
        try:
            found = markdown(source)
        except PackageError:
            return
        told = "".join((found.text, found.title or "", *found.warnings))
        assert not any("\U000f0000" <= character <= "\U000ffffd" for character in told)
