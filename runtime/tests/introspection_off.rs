//! The call graph where introspection is off. In a file of its own: it stays on in a whole process, and
//! `#[asyncio::test]` switches it on.
#![cfg(feature = "tokio")]

use asyncio::introspection::{self, CallGraph};
use asyncio::{Task, capture_call_graph, sleep};

#[test]
fn what_was_not_recorded_is_not_said_of_a_task() {
    fn lines(graph: &CallGraph) -> [String; 2] {
        [graph.to_string(), graph.table()].map(|text| {
            let line = text.lines().find(|line| line.contains("napper"));
            line.expect("it is in the graph").to_owned()
        })
    }

    asyncio::run(async {
        let task = Task::builder().name("napper").spawn(sleep(60));
        sleep(0).await;
        let [tree, table] = lines(&capture_call_graph());
        assert!(!introspection::is_enabled());
        assert!(tree.ends_with(|last: char| last.is_ascii_digit()), "{tree}");
        assert!(table.contains("unknown"), "{table}");

        introspection::enable();
        let [tree, table] = lines(&capture_call_graph());
        assert!(tree.ends_with(", not seen to run"), "{tree}");
        assert!(table.contains("not seen to run"), "{table}");
        task.cancel();
    });
}
