async fn body(reader: &mut asyncio::StreamReader) {
    let _ = reader.readexactly(-1).await; //~ ERROR cannot apply unary operator `-`
}

fn main() {
    drop(async |reader: &mut asyncio::StreamReader| body(reader).await);
}
