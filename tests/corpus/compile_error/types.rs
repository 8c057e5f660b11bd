// Takes a string for an integer.
fn main() {
    let count: i32 = "four"; // the error is here
    println!("{count}");
}
