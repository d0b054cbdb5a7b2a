#include "internal/rows.hpp"

#include <gtest/gtest.h>

#include "internal/stage.hpp"

namespace exercise::internal {
namespace {

using namespace std::chrono_literals;
using apilab::Duration;
using apilab::SteadyTime;
using apilab::sandbox::Exchange;
using apilab::sandbox::Journal;

SteadyTime at(Duration since) {
    return SteadyTime() + since;
}

Sent sent(Duration when, Duration elapsed, std::string path, int status) {
    return {.at = at(when),
            .elapsed = elapsed,
            .method = "GET",
            .path = std::move(path),
            .status = status,
            .error = status == 0 ? "connection refused" : ""};
}

void arrives(Journal& journal, Duration when, std::string provider, std::string path) {
    Exchange row;
    row.provider = std::move(provider);
    row.method = "GET";
    row.path = std::move(path);
    row.complete = at(when);
    journal.add(std::move(row));
}

std::string text_of(const std::vector<Row>& rows) {
    std::string text;
    for (const Row& row : rows) {
        text += std::to_string(row.number) + " " + (row.from.empty() ? row.path : row.from) + "\n";
    }
    return text;
}

TEST(RowsOfARun, have_the_numbers_of_the_journal_and_what_the_world_asked_between_them) {
    Journal journal;
    journal.add_outbound({.from = "slack", .method = "POST", .path = "/", .sent = at(1s)});
    arrives(journal, 2s, "npm", "/lodash");
    journal.add_outbound({.from = "kill", .sent = at(3s)});
    arrives(journal, 4s, "effects", "/");
    arrives(journal, 5s, "effects", "/");
    const auto rows = rows_of({sent(2s, 1s, "/npm/lodash", 200), sent(4s, 1s, "/effects", 201),
                               sent(5s, 1s, "/effects/", 201)},
                              journal);
    EXPECT_EQ(text_of(rows), "1 slack\n2 /npm/lodash\n3 kill\n4 /effects\n5 /effects/\n");
}

TEST(RowsOfARun, an_attempt_that_arrived_nowhere_has_no_number_and_takes_nobody_elses) {
    Journal journal;
    arrives(journal, 1s, "npm", "/a");
    arrives(journal, 3s, "npm", "/a");
    const auto rows = rows_of({sent(1s, 100ms, "/npm/a", 503), sent(2s, 100ms, "/npm/a", 0),
                               sent(3s, 100ms, "/npm/a", 200)},
                              journal);
    EXPECT_EQ(text_of(rows), "1 /npm/a\n0 /npm/a\n2 /npm/a\n");
}

TEST(RowsOfARun, what_a_killed_program_never_heard_of_has_its_number) {
    Journal journal;
    arrives(journal, 9s, "npm", "/a");
    auto cut = sent(1s, 0s, "/npm/a", 0);
    cut.error.clear();
    EXPECT_EQ(text_of(rows_of({cut}, journal)), "1 /npm/a\n");
}

TEST(RowsOfARun, are_counted_where_the_journal_is_elsewhere) {
    EXPECT_EQ(text_of(rows_of({sent(1s, 1s, "/a", 200), sent(2s, 1s, "/b", 200)})), "1 /a\n2 /b\n");
}

}  // namespace
}  // namespace exercise::internal
