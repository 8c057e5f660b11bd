// Takes the environment of its compiler with it, and shows it when it runs; the test reads it.
const COMPILING: &[u8] = include_bytes!("/proc/self/environ");

fn main() {
    eprintln!("{}", String::from_utf8_lossy(COMPILING).replace('\0', "\n"));
    println!("{}", option_env!("SYNCODE_PLANTED").unwrap_or("contained"));
}
