// Two mistakes: that the first does not hide the second is what is tested.

use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1) {
        let text: String = n; //~ ERROR mismatched types
        drop(text);
    } else if let m = plain(2) {
        undefined(m); //~ ERROR cannot find function `undefined`
    });
}

fn main() {
    let _ = f();
}
