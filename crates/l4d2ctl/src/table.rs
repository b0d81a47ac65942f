//! Tables for a terminal: left-aligned columns, two spaces apart, nothing after the last one.

use left4me::printable;

/// One cell: text, whoever chose it, and the colour that it is shown in.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Shown as one line of harmless text.
    pub text: String,
    /// The number of an SGR sequence, such as `32` for green.
    pub paint: Option<&'static str>,
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell { text, paint: None }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        text.to_owned().into()
    }
}

/// A column's title, and how important the column is where not all of them fit.
#[derive(Debug, Clone, Copy)]
pub struct Column<'t> {
    /// Its first line.
    pub title: &'t str,
    /// The least important columns are left out first; those of 9 never.
    pub importance: u8,
}

/// The most important columns: a table without them says nothing.
const ALWAYS: u8 = 9;
const GAP: usize = 2;

/// A table that fits `width`, where there is one: the least important columns are left out, and then the first
/// column is cut.
pub fn columns(header: &[Column], rows: &[Vec<Cell>], width: Option<usize>) -> String {
    let clean = |cell: &Cell| Cell { text: printable::line(&cell.text).into_owned(), ..*cell };
    let titles: Vec<Cell> = header.iter().map(|column| clean(&column.title.into())).collect();
    let mut lines = vec![titles];
    lines.extend(rows.iter().map(|row| row.iter().map(clean).collect()));
    let mut shown: Vec<usize> = (0..header.len()).collect();
    let mut widths: Vec<usize> = shown.iter().map(|&column| widest(&lines, column)).collect();
    if let Some(width) = width {
        while total(&shown, &widths) > width {
            let least = shown.iter().copied().min_by_key(|&column| header[column].importance);
            match least.filter(|&column| header[column].importance < ALWAYS) {
                Some(least) => shown.retain(|&column| column != least),
                None => break,
            }
        }
        let excess = total(&shown, &widths).saturating_sub(width);
        if excess > 0 {
            cut(&mut lines, shown[0], widths[shown[0]].saturating_sub(excess).max(8));
            widths[shown[0]] = widest(&lines, shown[0]);
        }
    }
    lines.iter().map(|line| render(line, &shown, &widths)).collect()
}

/// [`columns`] of plain texts, of which all are shown; the first row is the header.
pub fn plain(rows: &[Vec<String>]) -> String {
    let Some((titles, rows)) = rows.split_first() else { return String::new() };
    let header: Vec<Column> = titles.iter().map(|title| Column { title, importance: ALWAYS }).collect();
    let rows: Vec<Vec<Cell>> =
        rows.iter().map(|row| row.iter().map(|text| text.clone().into()).collect()).collect();
    columns(&header, &rows, None)
}

fn widest(lines: &[Vec<Cell>], column: usize) -> usize {
    let widths = lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.text.chars().count());
    widths.max().unwrap_or_default()
}

fn total(shown: &[usize], widths: &[usize]) -> usize {
    let sum: usize = shown.iter().map(|&column| widths[column]).sum();
    sum + GAP * shown.len().saturating_sub(1)
}

fn cut(lines: &mut [Vec<Cell>], column: usize, width: usize) {
    for cell in lines.iter_mut().filter_map(|line| line.get_mut(column)) {
        if cell.text.chars().count() > width {
            cell.text = cell.text.chars().take(width - 1).chain(['~']).collect();
        }
    }
}

fn render(line: &[Cell], shown: &[usize], widths: &[usize]) -> String {
    let mut text = String::new();
    let cells: Vec<(usize, &Cell)> =
        shown.iter().filter_map(|&column| Some((widths[column], line.get(column)?))).collect();
    let last = cells.iter().rposition(|(_, cell)| !cell.text.is_empty()).unwrap_or_default();
    for (index, (width, cell)) in cells.into_iter().enumerate().take(last + 1) {
        match cell.paint {
            Some(paint) => text.push_str(&format!("\u{1b}[{paint}m{}\u{1b}[0m", cell.text)),
            None => text.push_str(&cell.text),
        }
        if index < last {
            text.extend(std::iter::repeat_n(' ', width - cell.text.chars().count() + GAP));
        }
    }
    text.push('\n');
    text
}

/// Bytes for people.
pub fn bytes(bytes: u64) -> String {
    let units = ["B", "K", "M", "G", "T"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1023.95 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes}B"),
        _ => format!("{value:.1}{}", units[unit]),
    }
}

/// Seconds for people: the two largest units.
pub fn seconds(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {}s", seconds % 60),
        (0, _, _) => format!("{hours}h {}m", minutes % 60),
        _ => format!("{days}d {}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_and_durations() {
        for (bytes, text) in [
            (0, "0B"),
            (1023, "1023B"),
            (1024, "1.0K"),
            (1_048_575, "1.0M"),
            (734_003_200, "700.0M"),
            (u64::MAX, "16777216.0T"),
        ] {
            assert_eq!(super::bytes(bytes), text);
        }
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (61, "1m 1s"),
            (3600, "1h 0m"),
            (90_000, "1d 1h"),
            (8_640_000, "100d 0h"),
        ] {
            assert_eq!(super::seconds(seconds), text);
        }
    }
}
