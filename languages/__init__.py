"""Languages are data: one TOML file each (``languages/SCHEMA.md``), read by one loader."""

from languages.argv import (
    check_options,
    compile_environment,
    compile_preload,
    compile_steps,
    program_memory_mib,
    run_argv,
    run_environment,
    run_preload,
)
from languages.errors import LanguageError, LanguagesError, OptionError
from languages.loader import by_extension, load_languages
from languages.model import (
    Compile,
    CompileOptions,
    ImageFile,
    Language,
    NpmPackage,
    Optimization,
    Recipe,
    Reference,
    Standard,
    Version,
    Wheel,
    stem,
)

__all__ = [
    "Compile",
    "CompileOptions",
    "ImageFile",
    "Language",
    "LanguageError",
    "LanguagesError",
    "NpmPackage",
    "Optimization",
    "OptionError",
    "Recipe",
    "Reference",
    "Standard",
    "Version",
    "Wheel",
    "by_extension",
    "check_options",
    "compile_environment",
    "compile_preload",
    "compile_steps",
    "load_languages",
    "program_memory_mib",
    "run_argv",
    "run_environment",
    "run_preload",
    "stem",
]
