"""Programs in the manner of testlib and descriptions of Polygon packages, in our own words."""

from __future__ import annotations

# So much of testlib.h as the programs here use, in our own words.
TESTLIB = r"""
#ifndef TESTLIB_STAND_IN
#define TESTLIB_STAND_IN
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
enum Result { _ok = 0, _wa = 1, _pe = 2, _fail = 3, _points = 7 };
bool registered = false;
struct Guard { ~Guard() { if (!registered) _Exit(_fail); } } guard;
[[noreturn]] inline void quit(Result result, const char *word, const char *format, va_list arguments) {
    std::fprintf(stderr, "%s", word);
    std::vfprintf(stderr, format, arguments);
    std::fprintf(stderr, "\n");
    std::exit(result);
}
[[noreturn]] inline void quitf(Result result, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *words[] = {"ok ", "wrong answer ", "wrong output format ", "FAIL "};
    quit(result, words[result], format, arguments);
}
[[noreturn]] inline void quitp(double points, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::fprintf(stderr, "points %g ", points);
    quit(_points, "", format, arguments);
}
struct Stream {
    std::ifstream file;
    std::istream *from = &file;
    void open(const char *path) {
        file.open(path);
        if (!file) quitf(_fail, "no file %s", path);
    }
    int readInt() {
        int value;
        if (!(*from >> value)) quitf(_pe, "no integer");
        return value;
    }
    bool seekEof() { return (*from >> std::ws).eof(); }
};
Stream inf, ouf, ans;
std::ofstream tout;
inline void registerTestlibCmd(int argc, char **argv) {
    registered = true;
    if (argc != 4) quitf(_fail, "%d arguments", argc - 1);
    inf.open(argv[1]), ouf.open(argv[2]), ans.open(argv[3]);
}
inline void registerInteraction(int argc, char **argv) {
    registered = true;
    if (argc != 4) quitf(_fail, "%d arguments", argc - 1);
    inf.open(argv[1]), ans.open(argv[3]), ouf.from = &std::cin;
    tout.open(argv[2]);
}
inline void registerValidation(int, char **) { registered = true, inf.from = &std::cin; }
#endif
"""

CHECKER = """\
#include "testlib.h"
using namespace std;
int main(int argc, char *argv[]) {
    registerTestlibCmd(argc, argv);
    int sum = inf.readInt(), given = ouf.readInt(), expected = ans.readInt();
    if (expected != sum) quitf(_fail, "the answer is wrong");
    if (given < 0) quitp(-given / 2.0, "half");
    if (given != expected) quitf(_wa, "expected %d, found %d", expected, given);
    if (!ouf.seekEof()) quitf(_pe, "more than a number");
    quitf(_ok, "it is %d", given);
}
"""


WCMP = '<checker name="std::wcmp.cpp" type="testlib"><source path="files/check.cpp" type="cpp.g++17"/></checker>'


def xml(
    *tests: str,
    groups: str = "",
    checker: str = WCMP,
    assets: str = "",
    judging: str = "",
    rest: str = "",
) -> str:
    return f"""<?xml version="1.0" encoding="utf-8" standalone="no"?>
<problem revision="3" short-name="same-number" url="https://polygon.example/p/1/same-number">
  <names><name language="russian" value="Число"/><name language="english" value="The Same Number"/></names>
  <judging input-file="" output-file="" run-count="1" {judging}>
    <testset name="tests">
      <time-limit>1500</time-limit>
      <memory-limit>67108865</memory-limit>
      <test-count>{len(tests)}</test-count>
      <input-path-pattern>tests/%02d</input-path-pattern>
      <answer-path-pattern>tests/%02d.a</answer-path-pattern>
      <tests>{"".join(f"<test {each}/>" for each in tests)}</tests>
      {f"<groups>{groups}</groups>" if groups else ""}
    </testset>
  </judging>
  <files><resources><file path="files/testlib.h" type="h.g++"/></resources></files>
  <assets>{checker}{assets}</assets>
  {rest}
</problem>
"""


INTERACTOR = """\
#include "testlib.h"
using namespace std;
int main(int argc, char *argv[]) {
    registerInteraction(argc, argv);
    cout << inf.readInt() << endl;
    tout << ouf.readInt() << endl;
    cout << "bye" << endl;
    quitf(_ok, "talked");
}
"""

VALIDATOR = """\
#include "testlib.h"
int main(int argc, char *argv[]) {
    registerValidation(argc, argv);
    if (inf.readInt() < 1 || !inf.seekEof()) quitf(_fail, "one positive number");
}
"""
