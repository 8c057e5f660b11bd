// A type in a type in a type, without end.
#![recursion_limit = "100000"]

struct Pair<T>(T);
trait Deep {
    fn go(self) -> usize;
}
impl<T> Deep for Pair<T>
where
    Pair<Pair<T>>: Deep,
{
    fn go(self) -> usize {
        Pair(self).go()
    }
}

fn main() {
    println!("{}", Pair(1).go());
}
