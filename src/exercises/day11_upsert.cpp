// Day 11: one row for each finding, although Notion knows no unique keys
//
// Situation  Three scanners report the same twelve findings, one right after the other. A row is to
//            be made once and changed afterwards. A row that was just made is not found for some
//            seconds, and replies get lost after the row was made.
// Shows      A property of one's own as the key; one task at a time for one key; the page's id,
//            remembered, instead of a second search; a look, and not at once, where a reply was
//            lost.
// Run        ./lab learn day11_upsert --compare
// Break      --break=no-turns | search-again | make-again

#include <map>
#include "glue.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using apilab::provider::Notion;
using Answer = Result<Response>;

constexpr std::size_t scanners = 3;
// An index catches up within seconds; nobody promises when.
constexpr Duration settle = 6s;

// What is known of each key's row. It belongs into a database where processes come and go: day 12.
struct Row {
    std::string page;
    bool taken = false;
};
struct Book {
    std::map<std::string, Row> rows = {};
    int updates = 0;
};

// Nobody has made it before us: our key, our turn, our book says so. Only the reply may get lost.
Task<Answer> make(Lab& lab, Finding finding) {
    auto made = co_await paced(lab, finding.make_row());
    for (int again = 0; again < 3 && !made; ++again) {
        if (!lab.broken("make-again")) {
            co_await lab.sleep(settle);
            auto seen = co_await paced(lab, finding.find_row());
            if (!Notion::page_id(seen).empty() || !seen || !seen->ok()) {
                co_return seen;  // it is there; or nobody knows, and then it is not made again
            }
        }
        made = co_await paced(lab, finding.make_row());
    }
    co_return made;
}

Task<Answer> change(Lab& lab, Finding finding, std::string page, Book& book) {
    const auto properties = Notion::text_properties({{"Notes", finding.text}});
    book.updates += 1;
    co_return co_await paced(lab, finding.notion.update_request(page, properties));
}

Task<Answer> upsert(Lab& lab, Book& book, Finding finding) {
    Row& row = book.rows[finding.key];
    while (row.taken && !lab.broken("no-turns")) {
        co_await lab.sleep(100ms);  // somebody is about this key; others' keys do not wait
    }
    row.taken = true;
    Answer answer = apilab::fail(apilab::ErrorKind::connection_lost, "nothing sent yet");
    std::string page = lab.broken("search-again") ? "" : row.page;
    if (page.empty()) {
        answer = co_await paced(lab, finding.find_row());  // an earlier life may have made it
        page = Notion::page_id(answer);
    }
    if (page.empty() && answer && answer->ok()) {
        answer = co_await make(lab, finding);
        row.page = Notion::page_id(answer);
    } else if (!page.empty()) {
        answer = co_await change(lab, finding, page, book);
    }
    row.taken = false;
    co_return answer;
}

using Bring = Task<Answer> (*)(Lab&, Book&, Finding);
Task<void> scan(Lab& lab, Book& book, std::vector<Finding> found, std::size_t number, Bring bring) {
    co_await lab.sleep(number * 150ms);
    for (auto& finding : found) {
        finding.text = "seen by scanner " + std::to_string(number + 1);
        lab.ended(finding.key, co_await bring(lab, book, finding));
    }
}
Task<void> scan_all(Lab& lab, Bring bring) {
    Book book;
    const auto found = findings(lab, 12);
    co_await lab.side_by_side(scanners, [&](Lab& same, std::size_t number) {
        return scan(same, book, found, number, bring);
    });
    lab.number("updates", book.updates);
}

// What one writes in a hurry: is it there? no: make it.
Task<Answer> upsert_in_a_hurry(Lab& lab, Book& book, Finding finding) {
    auto seen = co_await paced(lab, finding.find_row());
    const auto page = Notion::page_id(seen);
    for (int i = 0; i < 3 && page.empty(); ++i) {
        auto made = co_await paced(lab, finding.make_row());
        if (made) {
            co_return made;
        }
    }
    co_return co_await change(lab, finding, page, book);
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day11_upsert",
         .story = "12 findings, three scanners that report each of them, and an index that lags",
         .scenario = "day11-upsert",
         .deadline = 60s,
         .sins = {{"no-turns", "lets two tasks make one row at the same time", "SYN-01"},
                  {"search-again", "trusts a search more than what it made itself", "SYN-01"},
                  {"make-again", "makes again what may have been made", "IDM-01"}},
         .production = [](Lab& lab) { return scan_all(lab, upsert); },
         .naive = [](Lab& lab) { return scan_all(lab, upsert_in_a_hurry); },
         .numbers = {"rows", "rows doubled", "updates"},
         .next = "day12_gmail"},
        argc, argv);
}
