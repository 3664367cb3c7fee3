//! Tracking scores for people and for programs.

use core::fmt::Write;

use serde::Serialize;

use crate::mot::{Figures, Keep, Score};

/// The row that is all sequences as one.
const ALL: &str = "COMBINED";

/// A line a sequence, and one for all of them; per cent, and counts.
pub fn table(scores: &[(String, Score)]) -> String {
    let rows = with_sum(scores);
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = format!(
        "{:width$}   HOTA   DetA   AssA |   MOTA   MOTP   Rcll   Prcn    IDs   Frag   MT   PT   ML     FP     FN \
         |   IDF1    IDP    IDR\n",
        "sequence"
    );
    for (name, figures) in rows {
        let percent = |fraction: f64| format!("{:6.2}", fraction * 100.0);
        let Figures { clear, .. } = figures;
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{name:width$} {} {} {} | {} {} {} {} {:6} {:6} {:4} {:4} {:4} {:6} {:6} | {} {} {}",
            percent(figures.hota),
            percent(figures.det_a),
            percent(figures.ass_a),
            percent(figures.mota),
            percent(figures.motp),
            percent(figures.recall),
            percent(figures.precision),
            clear.id_switches,
            clear.fragments,
            clear.mostly_tracked,
            clear.partly_tracked,
            clear.mostly_lost,
            clear.fp,
            clear.missed,
            percent(figures.idf1),
            percent(figures.id_precision),
            percent(figures.id_recall),
        );
    }
    text
}

/// The same as one object, as fractions, with the rule they were made by.
pub fn json(keep: Keep, scores: &[(String, Score)]) -> String {
    #[derive(Serialize)]
    struct One {
        sequence: String,
        #[serde(flatten)]
        figures: Figures,
    }
    #[derive(Serialize)]
    struct All {
        schema: &'static str,
        keep: Keep,
        sequences: Vec<One>,
    }
    let sequences = with_sum(scores).into_iter().map(|(sequence, figures)| One { sequence, figures }).collect();
    let text = serde_json::to_string(&All { schema: "tiltyard-mot/1", keep, sequences });
    text.unwrap_or_default() + "\n"
}

fn with_sum(scores: &[(String, Score)]) -> Vec<(String, Figures)> {
    let parts: Vec<Score> = scores.iter().map(|(_, score)| *score).collect();
    let mut rows: Vec<(String, Figures)> = scores.iter().map(|(name, score)| (name.clone(), score.figures())).collect();
    if rows.len() > 1 {
        rows.push((ALL.to_owned(), Score::sum(&parts).figures()));
    }
    rows
}
