//! A table for spreadsheets (RFC 4180). What a program would take for a formula is made text, so that a name that begins with
//! `=` runs nothing on the machine of whoever opens the file.

/// Beginnings that spreadsheets take for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// One line with its end.
#[must_use]
pub fn line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| self::cell(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let formula = text.trim_start().starts_with(FORMULA) || text.starts_with(FORMULA);
    let text = if formula { format!("'{plain}") } else { plain };
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_table_is_a_formula_or_breaks_out_of_its_cell() {
        assert_eq!(line(&["a", "b,c", "say \"x\""]), "a,\"b,c\",\"say \"\"x\"\"\"\r\n");
        assert_eq!(line(&["=1+1", " @SUM(A1)", "-2", "+91"]), "'=1+1,' @SUM(A1),'-2,'+91\r\n");
        assert_eq!(line(&["two\nlines", "\tx"]), "two lines,' x\r\n");
    }
}
