// Brings a build script and a manifest, which nobody runs, and asks for what a build script would have set.
fn main() {
    println!("{}", option_env!("LEFT_BY_BUILD_SCRIPT").unwrap_or("contained"));
}
