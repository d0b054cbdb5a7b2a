// The matrix: every check has a client that passes, at least one that fails, and one that does
// nothing and is not judged.
// After a change of what a check says: APILAB_GOLDEN=write test_sandbox --gtest_filter='Matrix.*'

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "apilab/base/file.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/judge/trials/trial.hpp"

namespace apilab::sandbox {
namespace {

using trials::MatrixRow;

const std::vector<MatrixRow>& matrix() {
    static const auto rows = trials::play_matrix();
    return rows;
}

TEST(Matrix, every_client_is_judged_as_it_deserves) {
    for (const MatrixRow& row : matrix()) {
        EXPECT_TRUE(row.as_expected())
            << row.check << ", " << row.client << " (" << row.about
            << "): " << to_string(row.finding.verdict) << ": " << row.finding.sentence;
        EXPECT_FALSE(row.finding.sentence.empty()) << row.check << ", " << row.client;
    }
}

TEST(Matrix, good_clients_pass_without_a_warning) {
    for (const MatrixRow& row : matrix()) {
        EXPECT_FALSE(row.client == "good" && row.finding.warning)
            << row.check << ": " << row.finding.sentence;
    }
}

TEST(Matrix, verdicts_have_rows_that_prove_them) {
    // A pass of these is that something never happened in any row.
    const std::set<std::string_view> about_all{"AUT-05", "AUT-11", "IDM-04", "PAG-05", "OBS-01",
                                               "PAG-01", "PAG-02", "PAG-03", "PAG-04", "PAG-06",
                                               "RTY-04", "TMO-06", "CON-01", "CKY-01"};
    for (const MatrixRow& row : matrix()) {
        const bool needs = row.expected == Verdict::fail ||
                           (row.expected == Verdict::pass && !about_all.contains(row.check));
        EXPECT_FALSE(needs && row.finding.rows.empty()) << row.check << ", " << row.client;
    }
}

// Those whose clients stand in a test beside the check. This list only ever gets shorter.
constexpr auto in_tests = std::to_array<std::string_view>(
    {"AUT-01", "AUT-07", "AUT-09", "AUT-10", "AUT-12", "AUT-13", "AUT-14", "AUT-15", "AUT-16",
     "CCH-01", "CCH-02", "CCH-03", "CCH-04", "CCH-05", "CHK-01", "CHK-02", "CHK-03", "CKY-02",
     "DAT-04", "DAT-05", "DAT-07", "DAT-10", "DAT-12", "DAT-14", "DUR-01", "DUR-02", "FIRED",
     "GAM-01", "GAM-02", "GAM-03", "GAM-04", "GAM-05", "IDM-05", "LOD-02", "LOD-07", "LOD-08",
     "OBS-04", "OBS-05", "OBS-06", "OBS-20", "OBS-21", "OBS-22", "OBS-23", "OBS-24", "PAG-07",
     "PAG-08", "PAG-09", "PAG-10", "PAG-11", "PLT-00", "PLT-01", "PLT-02", "PLT-03", "PLT-04",
     "RBK-01", "RBK-02", "RBK-03", "RDR-04", "RL-07",  "RL-10",  "RL-11",  "RL-12",  "RL-13",
     "RL-14",  "RL-15",  "SEC-01", "SEC-02", "SVC-01", "SVC-02", "SVC-03", "SVC-04", "SVC-05",
     "SVC-06", "SYN-01", "SYN-02", "SYN-03", "SYN-04", "TLS-01", "TLS-02", "TLS-03", "TLS-04",
     "TLS-05", "TMO-03", "TMO-04", "TMO-07", "TST-01", "TST-02", "WHK-07", "WHK-12", "WHK-13"});

TEST(Matrix, each_check_has_its_clients) {
    std::map<std::string_view, std::set<Verdict>> shown;
    for (const MatrixRow& row : matrix()) {
        shown[row.check].insert(row.finding.verdict);
    }
    for (const auto& check : all_checks()) {
        const auto id = check->card().id;
        const bool elsewhere = std::ranges::find(in_tests, id) != in_tests.end();
        EXPECT_NE(elsewhere, shown.contains(id)) << id << ": give it a trial (trials/trial.hpp)";
        EXPECT_TRUE(elsewhere || shown[id].size() == 3)
            << id << " lacks a client that passes, one that fails, or one that is not judged";
    }
}

TEST(Matrix, is_the_same_every_time) {
    const auto again = trials::play_matrix("BKO-04");
    ASSERT_FALSE(again.empty());
    std::size_t at = 0;
    for (const MatrixRow& row : matrix()) {
        if (row.check == "BKO-04") {
            EXPECT_EQ(row.finding.sentence, again.at(at++).finding.sentence);
        }
    }
    EXPECT_EQ(at, again.size());
}

TEST(Matrix, can_be_read_by_programs) {
    const auto document = http::JsonDocument::parse(trials::matrix_json(matrix()));
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root()["unexpected"].integer(), 0);
    EXPECT_EQ(document->root()["rows"].size(), matrix().size());
    EXPECT_EQ(document->root().at_pointer("/rows/0/client").string(), "good");
}

TEST(Matrix, stands_in_the_documents) {
    const auto path = std::filesystem::path(APILAB_SOURCE_DIR) / "docs/judge-matrix.md";
    const auto text = trials::matrix_markdown(matrix());
    if (std::getenv("APILAB_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file_atomically(path, text));
    }
    const auto kept = read_file(path, std::size_t{1} << 20U);
    ASSERT_TRUE(kept) << kept.error().to_string();
    EXPECT_EQ(*kept, text)
        << "APILAB_GOLDEN=write build/dev/bin/test_sandbox --gtest_filter='Matrix.*'";
}

}  // namespace
}  // namespace apilab::sandbox
