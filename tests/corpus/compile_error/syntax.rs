// An operand is missing.
fn main() {
    let count = 4 + ; // the error is here
    println!("{count}");
}
