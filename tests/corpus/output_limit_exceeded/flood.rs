// Floods standard output, up to 256 MiB.
fn main() {
    println!("before");
    let lines = "the same line over and over\n".repeat(64);
    for _ in 0..(256 << 20) / lines.len() {
        print!("{lines}");
    }
}
