// The right answer, on the wrong stream.
fn main() {
    eprintln!("100");
}
