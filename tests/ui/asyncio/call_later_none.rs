use asyncio::get_running_loop;

fn later() {
    get_running_loop().call_later(None::<f64>, || ()); //~ ERROR expected a duration
}

fn main() {
    later();
}
