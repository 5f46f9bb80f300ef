//! Groups of files that depend on each other in a circle: the strongly connected components of Tarjan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

type Graph = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// Each circle of `graph`, as the files that it consists of.
pub(crate) fn circles(graph: &Graph) -> Vec<BTreeSet<PathBuf>> {
    let mut search =
        Search { graph, index: BTreeMap::new(), low: BTreeMap::new(), stack: Vec::new(), found: Vec::new() };
    for file in graph.keys() {
        if !search.index.contains_key(file.as_path()) {
            search.visit(file);
        }
    }
    search.found
}

struct Search<'a> {
    graph: &'a Graph,
    index: BTreeMap<&'a Path, usize>,
    low: BTreeMap<&'a Path, usize>,
    stack: Vec<&'a Path>,
    found: Vec<BTreeSet<PathBuf>>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, file: &'a Path) -> usize {
        let index = self.index.len();
        self.index.insert(file, index);
        self.low.insert(file, index);
        self.stack.push(file);
        let mut low = index;
        for next in self.graph.get(file).into_iter().flatten() {
            if !self.index.contains_key(next.as_path()) {
                low = low.min(self.visit(next));
            } else if self.stack.contains(&next.as_path()) {
                low = low.min(self.index[next.as_path()]);
            }
        }
        self.low.insert(file, low);
        if low == index {
            let start = self.stack.iter().position(|on_stack| *on_stack == file).expect("it was pushed above");
            let circle: BTreeSet<PathBuf> = self.stack.split_off(start).into_iter().map(Path::to_owned).collect();
            if circle.len() > 1 {
                self.found.push(circle);
            }
        }
        low
    }
}
