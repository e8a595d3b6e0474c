use asyncio::get_running_loop;

fn at() {
    get_running_loop().call_at(None, || ()); //~ ERROR mismatched types
}

fn main() {
    at();
}
