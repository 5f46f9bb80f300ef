//! Plain columns, as the AWS and Kubernetes tools print them: no frames, so that `cut` and eyes both work.

use std::fmt::Display;

use console::{measure_text_width, style};

/// A table with an optional title.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    title: Option<String>,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    empty: Option<String>,
}

impl Table {
    /// With these column heads.
    pub(crate) fn new<const N: usize>(head: [&str; N]) -> Self {
        Self { head: head.map(str::to_owned).to_vec(), ..Self::default() }
    }

    /// Names and values, without column heads.
    pub(crate) fn pairs() -> Self {
        Self::default()
    }

    /// With a title above.
    #[must_use]
    pub(crate) fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// With a sentence to print instead, should it have no rows.
    #[must_use]
    pub(crate) fn empty(mut self, sentence: impl Into<String>) -> Self {
        self.empty = Some(sentence.into());
        self
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [&dyn Display; N]) {
        self.rows.push(cells.map(ToString::to_string).to_vec());
    }

    /// Adds a name and its value, if there is one.
    pub(crate) fn pair(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.row([&name, &value]);
        }
    }

    /// As text, each line ended.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        if let Some(title) = &self.title {
            text.push_str(&format!("{}\n", style(title).bold()));
        }
        if self.rows.is_empty() {
            if let Some(sentence) = &self.empty {
                text.push_str(&format!("{sentence}\n"));
            }
            return text;
        }
        let widths = self.widths();
        if !self.head.is_empty() {
            let head = line(&self.head, &widths);
            text.push_str(&format!("{}\n", style(head).dim()));
        }
        for row in &self.rows {
            text.push_str(&line(row, &widths));
            text.push('\n');
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in std::iter::once(&self.head).chain(&self.rows) {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(measure_text_width(cell));
            }
        }
        widths
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let gap = width.saturating_sub(measure_text_width(cell)) + 2;
        line.push_str(cell);
        line.push_str(&" ".repeat(gap));
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_lines_end_without_spaces() {
        let mut table = Table::new(["A", "BB"]);
        table.row([&"läng", &"x"]);
        table.row([&"s", &""]);
        assert_eq!(console::strip_ansi_codes(&table.render()), "A     BB\nläng  x\ns\n");
    }

    #[test]
    fn a_table_without_rows_says_so() {
        assert_eq!(Table::new(["A"]).empty("nothing there").render(), "nothing there\n");
    }
}
