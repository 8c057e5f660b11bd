// Builds a submission as `go ARGUMENT...` says (the arguments are those of this program), only faster.
//
// Most of what `go build` does is finding out what has to be done. For files of a main package that import nothing but
// the standard library that is known beforehand: compile them, link them. Whatever is out of the ordinary, and whatever
// fails or makes a tool say something, is left to `go` itself, whose answer then counts.
//
// `build prepare` is run once, while the image is made, and writes down what is known beforehand.
package main

import (
	"crypto/sha256"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const (
	command = "/usr/bin/go"
	tools   = "/usr/lib/go-1.24/pkg/tool/linux_"
	// The compiled standard library, as compiler and linker want it, and for the linker also what a program knows of its
	// build; the latter depends on the arguments.
	packages = "/usr/lib/syncode/go-packages"
	linked   = "/usr/lib/syncode/go-linked-"
	// Enough for ordinary programs to be built without a single collection, and little enough for the rest of the memory.
	memory = "GOMEMLIMIT=512MiB"
)

// What we know how to do; the file names follow, a mode may stand before the last two.
var (
	usual     = []string{"build", "-buildmode=exe", "-trimpath", "-ldflags=-s -w"}
	target    = []string{"-o", "out/main"}
	unchanged = []string{}
	debugged  = []string{"-gcflags=-N -l"}
)

func main() {
	arguments := os.Args[1:]
	if slices.Equal(arguments, []string{"prepare"}) {
		if err := prepare(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if quick(arguments) {
		return
	}
	err := syscall.Exec(command, append([]string{"go"}, arguments...), os.Environ())
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// quick builds the program and says whether it could; if not, nothing has been written that anybody sees.
func quick(arguments []string) bool {
	flags, files, known := understand(arguments)
	if !known || present("go.mod", "go.work", "vendor", "default.pgo") {
		return false
	}
	identity, ordinary := inspect(files)
	if !ordinary {
		return false
	}
	here, err := os.Getwd()
	if err != nil {
		return false
	}
	work, err := os.MkdirTemp("", "build")
	if err != nil {
		return false
	}
	defer os.RemoveAll(work)
	archive := filepath.Join(work, "main.a")
	compile := []string{
		"-o", archive, "-trimpath", here + "=>.", "-p", "main", "-lang=" + version.Lang(runtime.Version()), "-complete",
		"-goversion", runtime.Version(), "-c=" + strconv.Itoa(min(4, runtime.GOMAXPROCS(0))),
	}
	compile = append(compile, flags...)
	compile = append(compile, "-nolocalimports", "-importcfg", packages, "-pack")
	for _, file := range files {
		compile = append(compile, "./"+file)
	}
	if !silent("compile", compile) || os.MkdirAll("out", 0o777) != nil {
		return false
	}
	link := []string{
		"-o", "out/main", "-importcfg", linked + mode(flags), "-buildmode=exe", "-buildid=" + identity, "-s", "-w", archive,
	}
	if !silent("link", link) {
		os.Remove("out/main")
		return false
	}
	return true
}

// understand gives what the compiler is told beyond the usual, and the names of the files.
func understand(arguments []string) (flags, files []string, known bool) {
	rest, known := cut(arguments, usual)
	if !known {
		return nil, nil, false
	}
	if others, debug := cut(rest, debugged); debug {
		flags, rest = []string{"-N", "-l"}, others
	}
	if rest, known = cut(rest, target); !known || len(rest) == 0 {
		return nil, nil, false
	}
	for _, path := range rest {
		name := filepath.Clean(path)
		if filepath.Base(name) != name || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil, nil, false
		}
		files = append(files, name)
	}
	return flags, files, true
}

func cut(list, prefix []string) ([]string, bool) {
	if len(list) < len(prefix) || !slices.Equal(list[:len(prefix)], prefix) {
		return list, false
	}
	return list[len(prefix):], true
}

func present(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, err := os.Lstat(name)
		return err == nil
	})
}

// inspect says whether these are files of a main package that asks for nothing but the standard library, and gives a
// name to their content.
func inspect(files []string) (identity string, ordinary bool) {
	known, err := os.ReadFile(packages)
	if err != nil {
		return "", false
	}
	content := sha256.New()
	for _, file := range files {
		// What stands before the name of the package, or in the file's own name, may exclude it.
		if match, err := build.Default.MatchFile(".", file); err != nil || !match {
			return "", false
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return "", false
		}
		for _, directive := range []string{"//go:build", "+build", "//go:debug", "//go:embed", "//go:cgo"} {
			if strings.Contains(string(text), directive) {
				return "", false
			}
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
		if err != nil || parsed.Name.Name != "main" {
			return "", false
		}
		for _, imported := range parsed.Imports {
			path, err := strconv.Unquote(imported.Path.Value)
			if err != nil || path != "unsafe" && !(public(path) && strings.Contains(string(known), "packagefile "+path+"=")) {
				return "", false
			}
		}
		fmt.Fprintf(content, "%s %d\n%s", file, len(text), text)
	}
	return fmt.Sprintf("%x", content.Sum(nil)), true
}

func public(path string) bool {
	elements := strings.Split(path, "/")
	return elements[0] != "vendor" && path != "embed" && !slices.Contains(elements, "internal")
}

// silent runs a tool and says whether it succeeded without a word.
func silent(tool string, arguments []string) bool {
	running := exec.Command(tools+runtime.GOARCH+"/"+tool, arguments...)
	running.Env = append(os.Environ(), "GOROOT=", "GOGC=off", memory)
	said, err := running.CombinedOutput()
	return err == nil && len(said) == 0
}

func mode(flags []string) string {
	if len(flags) == 0 {
		return "release"
	}
	return "debug"
}

// prepare writes down where the compiled standard library is, and how `go` describes builds of both kinds.
func prepare() error {
	list := exec.Command(
		command, "list", "-export", "-trimpath", "-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", "std",
	)
	list.Stderr = os.Stderr
	library, err := list.Output()
	if err != nil {
		return err
	}
	if err := os.WriteFile(packages, library, 0o644); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "prepare")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.WriteFile(filepath.Join(work, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		return err
	}
	for _, more := range [][]string{unchanged, debugged} {
		arguments := slices.Concat(usual, more, target, []string{"main.go"})
		show := exec.Command(command, slices.Insert(arguments, 1, "-x")...)
		show.Dir = work
		show.Env = append(os.Environ(), "GOCACHE="+filepath.Join(work, "cache"))
		said, err := show.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, said)
		}
		_, line, found := strings.Cut(string(said), "\nmodinfo ")
		line, _, _ = strings.Cut(line, "\n")
		if !found {
			return fmt.Errorf("go does not say what a program knows of its build: %s", said)
		}
		content := fmt.Sprintf("%smodinfo %s\n", library, line)
		if err := os.WriteFile(linked+mode(more), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}
