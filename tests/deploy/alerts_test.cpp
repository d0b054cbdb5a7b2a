// Alert rules, the dashboard and the runbook agree with each other and with what radar exports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "apilab/base/ascii.hpp"
#include "apilab/base/file.hpp"
#include "apilab/http/json.hpp"

namespace apilab {
namespace {

using Names = std::set<std::string>;

// What radar's /metrics has, by the names without a histogram's suffixes.
const Names& exported() {
    static const Names names{"http_client_request_duration_seconds",
                             "radar_backup_drill_last_success_timestamp_seconds",
                             "radar_backup_last_success_timestamp_seconds",
                             "radar_breaker_state",
                             "radar_outbox_messages",
                             "radar_queue_jobs",
                             "radar_queue_oldest_age_seconds",
                             "radar_source_last_success_timestamp_seconds",
                             "radar_store_errors_total",
                             "radar_store_up",
                             "radar_token_expiry_timestamp_seconds",
                             "radar_watch_last_success_timestamp_seconds",
                             "radar_webhooks_last_timestamp_seconds",
                             "radar_webhooks_total"};
    return names;
}

std::string text_of(const std::string& file) {
    const auto text =
        read_file(std::filesystem::path(APILAB_SOURCE_DIR) / file, std::size_t{1} << 20U);
    EXPECT_TRUE(text) << file;
    return text.value_or("");
}

// Words that begin as our metrics do.
Names metrics_in(std::string_view text) {
    Names names;
    std::string word;
    for (const char c : std::string(text) + " ") {
        if (ascii_alnum(c) || c == '_') {
            word += c;
            continue;
        }
        if (word.starts_with("radar_") || word.starts_with("http_client_")) {
            for (const std::string_view suffix : {"_count", "_bucket", "_sum"}) {
                if (word.ends_with(suffix)) {
                    word.resize(word.size() - suffix.size());
                }
            }
            names.insert(word);
        }
        word.clear();
    }
    return names;
}

Names behind(std::string_view text, std::string_view mark) {
    Names names;
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) {
        const auto from = at + mark.size();
        names.emplace(text.substr(from, text.find_first_of("\n\"", from) - from));
    }
    return names;
}

Names expressions_of_dashboard() {
    const auto text = text_of("deploy/grafana/radar.json");
    const auto document = http::JsonDocument::parse(text);
    EXPECT_TRUE(document);
    Names names;
    for (const auto& panel : document->root()["panels"].elements()) {
        EXPECT_GT(panel["targets"].size(), 0U) << panel["title"].string_or("");
        for (const auto& target : panel["targets"].elements()) {
            names.merge(metrics_in(target["expr"].string_or("")));
        }
    }
    return names;
}

TEST(Alerts, name_only_metrics_that_radar_exports) {
    EXPECT_THAT(exported(),
                testing::IsSupersetOf(metrics_in(text_of("deploy/prometheus/alerts.yml"))));
    EXPECT_THAT(exported(),
                testing::IsSupersetOf(metrics_in(text_of("deploy/prometheus/alerts_test.yml"))));
}

TEST(Dashboard, names_only_metrics_that_radar_exports_and_all_of_them) {
    EXPECT_EQ(expressions_of_dashboard(), exported());
}

TEST(Alerts, have_a_paragraph_of_the_runbook_each_and_a_test_both_ways) {
    const auto rules = text_of("deploy/prometheus/alerts.yml");
    const auto alerts = behind(rules, "- alert: ");
    ASSERT_GT(alerts.size(), 10U);
    EXPECT_EQ(behind(text_of("docs/runbook.md"), "\n## "), alerts);
    Names anchors;
    for (const auto& alert : alerts) {
        anchors.insert(ascii_lowered(alert));
    }
    EXPECT_EQ(behind(rules, "docs/runbook.md#"), anchors);
    const auto tests = text_of("deploy/prometheus/alerts_test.yml") +
                       text_of("deploy/prometheus/alerts_days_test.yml");
    for (const auto& alert : alerts) {
        const auto name = "alertname: " + alert + "\n        exp_alerts:";
        EXPECT_NE(tests.find(name + "\n"), std::string::npos) << alert << " fires in no test";
        EXPECT_NE(tests.find(name + " []"), std::string::npos) << alert << " is quiet in no test";
    }
}

TEST(Alerts, pass_promtool) {
    if (std::system("command -v promtool >/dev/null") != 0) {
        GTEST_SKIP() << "promtool is not installed";
    }
    const std::string folder = std::string(APILAB_SOURCE_DIR) + "/deploy/prometheus/";
    for (const auto& command : {"promtool check rules '" + folder + "alerts.yml'",
                                "promtool test rules '" + folder + "alerts_test.yml' '" + folder +
                                    "alerts_days_test.yml'"}) {
        EXPECT_EQ(std::system((command + " >/dev/null").c_str()), 0) << command;
    }
}

}  // namespace
}  // namespace apilab
