// The answer is not ASCII; it must arrive as UTF-8.
fn main() {
    println!("naïve Größe — 日本語 🎈");
}
