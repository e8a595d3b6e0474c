use asyncio::finally;

async fn f() {
    let text = String::from("x");
    let _cleanup = finally(async { println!("{text}") }); //~ ERROR async block may outlive the current function, but it borrows `text`,
}

fn main() {
    let _ = f();
}
