// Uses a value after it was moved away.
fn main() {
    let numbers = vec![10, 20, 30, 40];
    let moved = numbers;
    println!("{} {}", numbers.len(), moved.len()); // the error is here
}
