// Ends with an exit code of its own, after a line of output.
fn main() {
    println!("before");
    std::process::exit(7);
}
