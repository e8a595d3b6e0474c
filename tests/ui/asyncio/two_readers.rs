async fn body(reader: &mut asyncio::StreamReader) {
    let first = reader.read(1);
    let second = reader.read(1); //~ ERROR cannot borrow `*reader` as mutable more than once
    let _ = asyncio::gather!(first, second).await;
}

fn main() {
    drop(async |reader: &mut asyncio::StreamReader| body(reader).await);
}
