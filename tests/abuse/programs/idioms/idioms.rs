// What Rust programs do.
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, RwLock};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, thread};

fn threads() {
    let (sender, receiver) = mpsc::channel();
    let barrier = Arc::new(Barrier::new(4));
    for number in 0..4 {
        let (sender, barrier) = (sender.clone(), Arc::clone(&barrier));
        thread::Builder::new().stack_size(1 << 20).name(format!("t{number}")).spawn(move || {
            barrier.wait();
            sender.send(number).unwrap();
        }).unwrap();
    }
    drop(sender);
    assert_eq!(receiver.iter().sum::<i32>(), 6);
    let count = AtomicUsize::new(0);
    thread::scope(|scope| for _ in 0..8 { scope.spawn(|| count.fetch_add(1, Ordering::SeqCst)); });
    assert_eq!(count.load(Ordering::SeqCst), 8);
    let pair = (Mutex::new(false), Condvar::new());
    let _ = pair.1.wait_timeout(pair.0.lock().unwrap(), Duration::from_millis(1)).unwrap();
    assert_eq!(*RwLock::new(5).read().unwrap(), 5);
    assert!(thread::spawn(|| std::panic::resume_unwind(Box::new(1))).join().is_err());
    assert!(thread::available_parallelism().unwrap().get() >= 1);
}

fn processes() {
    let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"text").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"text");
    assert_eq!(Command::new("sh").args(["-c", "exit 3"]).status().unwrap().code(), Some(3));
    let mut sleeper = Command::new("sleep").arg("60").spawn().unwrap();
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
}

fn network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || listener.accept().unwrap().0.write_all(b"over").unwrap());
    let mut text = String::new();
    TcpStream::connect(address).unwrap().read_to_string(&mut text).unwrap();
    server.join().unwrap();
    assert_eq!(text, "over");
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(b"x", socket.local_addr().unwrap()).unwrap();
    assert_eq!(socket.recv(&mut [0; 8]).unwrap(), 1);
    UnixStream::pair().unwrap();
}

fn files() {
    let path = env::temp_dir().join("file");
    fs::write(&path, "text").unwrap();
    fs::File::open(&path).unwrap().sync_all().unwrap();
    fs::copy(&path, "/box/copy").unwrap();
    assert_eq!(fs::read_to_string("/box/copy").unwrap(), "text");
    fs::remove_file(path).unwrap();
    assert!(Instant::now().elapsed() < Duration::from_secs(60) && SystemTime::now() > SystemTime::UNIX_EPOCH);
    assert_eq!(HashMap::from([(1, 2)])[&1], 2); // seeded by the kernel
    assert_eq!(env::current_dir().unwrap().to_str(), Some("/box"));
    assert_eq!(env::var("TZ").as_deref(), Ok("UTC"));
}

fn main() {
    let mut line = String::new();
    BufReader::new(fs::File::open("/dev/stdin").unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "input\n");
    threads();
    processes();
    network();
    files();
    fs::OpenOptions::new().write(true).open("/dev/stdout").unwrap().write_all(b"contained\n").unwrap();
}
