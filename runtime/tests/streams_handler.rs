//! What becomes of a handler of a server that fails. The exception handler is of the whole process, so
//! these have a file of their own.

use asyncio::{
    StreamReader, all_tasks, open_connection, set_exception_handler, start_server, timeout,
};
use std::io;
use std::sync::mpsc;

#[asyncio::test(real_time)]
async fn failures_are_reported_and_close_the_connection() {
    let (tx, reports) = mpsc::channel();
    set_exception_handler(Some(Box::new(move |context| {
        let _ = tx.send((context.message(), context.detail().to_owned()));
    })));
    // The handler keeps its writer elsewhere, so that dropping it does not close it.
    let (keep, _kept) = mpsc::channel();
    let keep = std::sync::Mutex::new(keep);
    let server = start_server(
        move |mut reader: StreamReader, writer| {
            keep.lock().unwrap().send(writer).unwrap();
            async move {
                let line = reader.readline().await?;
                assert_ne!(line, b"panic\n", "as it was told");
                if line == b"hang\n" {
                    asyncio::sleep(3600).await;
                }
                Err(io::Error::other("as it was told"))
            }
        },
        "127.0.0.1",
        0,
    )
    .await
    .unwrap();
    let port = server.sockets()[0].port();

    for (order, told) in [
        ("fail\n", Some("as it was told")),
        ("panic\n", Some("panicked: ")),
        ("hang\n", None),
    ] {
        let (mut reader, writer) = open_connection("127.0.0.1", port).await.unwrap();
        writer.write(order).unwrap();
        if told.is_none() {
            asyncio::sleep(0.05).await;
            let me = asyncio::current_task().unwrap();
            let tasks = all_tasks();
            let hanging: Vec<_> = tasks.iter().filter(|task| **task != me).collect();
            assert_eq!(hanging.len(), 1, "the handler is a task");
            hanging[0].cancel();
        }
        let read = timeout(5, reader.read(1)).await.expect(order);
        assert_eq!(read.unwrap(), b"", "{order}");
        match told {
            None => assert!(reports.try_recv().is_err(), "a cancelled one is none"),
            Some(told) => {
                let (message, detail) = reports.recv().unwrap();
                assert_eq!(message, "Unhandled exception in client_connected_cb");
                assert!(detail.starts_with(told), "{detail}");
            }
        }
    }
    set_exception_handler(None);
}
