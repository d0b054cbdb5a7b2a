#include "learn/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t run_max = std::size_t{1} << 20U;

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

fs::path kept(const fs::path& checkout, const Lesson& lesson, std::string_view extension) {
    return records_folder(checkout) / (lesson.name + std::string(extension));
}

std::string last_line(const fs::path& file) {
    std::ifstream in(file);
    std::string last;
    for (std::string line; std::getline(in, line);) {
        last = line.empty() ? last : line;
    }
    return last;
}

// The scenario that a run names, as it stands in the checkout now.
std::string scenario_text(const fs::path& checkout, const http::Json& run) {
    const auto name = run.at_pointer("/runs/0/scenario").string();
    return name ? text_of(checkout / "scenarios" / fmt::format("{}.toml", *name)) : "";
}

FailedCheck failed_check(const http::Json& run, const http::Json& check) {
    FailedCheck failed{.id = std::string(check["id"].string_or("")),
                       .sentence = std::string(check["message"].string_or("")),
                       .seed = run["seed"].unsigned_integer().value_or(0)};
    for (const auto row : check["rows"].elements()) {
        failed.rows.push_back(row.unsigned_integer().value_or(0));
    }
    return failed;
}

// A failure outweighs what was not put to the test, and that outweighs a pass.
void add_worse(std::string& so_far, std::string_view status) {
    if (status == "fail" || so_far.empty() || (status == "unknown" && so_far == "pass")) {
        so_far = status;
    }
}

void read_check(const http::Json& run, const http::Json& check, LessonRecord& record) {
    const auto id = std::string(check["id"].string_or(""));
    if (id.empty() || !check["decides"].boolean().value_or(false)) {
        return;
    }
    const auto status = check["status"].string_or("unknown");
    add_worse(record.checks[id], status);
    // Every seed says it again.
    if (status == "fail" &&
        std::ranges::find(record.failed, id, &FailedCheck::id) == record.failed.end()) {
        record.failed.push_back(failed_check(run, check));
    }
}

void read_run(const http::Json& run, LessonRecord& record) {
    for (const auto one : run["runs"].elements()) {
        add_worse(record.verdict, one["status"].string_or("unknown"));
        record.seeds.push_back(one["seed"].unsigned_integer().value_or(0));
        for (const auto check : one["checks"].elements()) {
            read_check(one, check, record);
        }
    }
    record.refused = run["refused"].string_or("");
    if (record.verdict.empty() || !record.refused.empty()) {
        record.verdict = "unknown";
    }
}

}  // namespace

std::string_view to_string(LessonState state) {
    switch (state) {
        case LessonState::to_read:
            return "to read";
        case LessonState::not_started:
            return "not started";
        case LessonState::started:
            return "started";
        case LessonState::failing:
            return "failing";
        case LessonState::done:
            return "done";
        case LessonState::stale:
            return "stale";
    }
    return "";
}

fs::path records_folder(const fs::path& checkout) {
    return checkout / ".apilab" / "learn";
}

LessonRecord read_record(const fs::path& checkout, const Lesson& lesson) {
    LessonRecord record;
    if (!lesson.has_starter()) {
        record.state = LessonState::to_read;
        return record;
    }
    if (!fs::exists(lesson.mine)) {
        return record;
    }
    record.state = LessonState::started;
    const auto run = http::JsonDocument::parse(last_line(kept(checkout, lesson, ".ndjson")));
    if (!run) {
        return record;
    }
    read_run(run->root(), record);
    const bool same =
        text_of(lesson.mine) == text_of(kept(checkout, lesson, ".cpp")) &&
        scenario_text(checkout, run->root()) == text_of(kept(checkout, lesson, ".toml"));
    record.state = !same                      ? LessonState::stale
                   : record.verdict == "pass" ? LessonState::done
                                              : LessonState::failing;
    return record;
}

Result<void> keep_run(const fs::path& checkout, const Lesson& lesson, std::string_view run_json,
                      std::string_view source) {
    if (run_json.size() > run_max) {
        return fail(ErrorKind::too_large, "a run of more than 1 MiB is not kept");
    }
    APILAB_TRY(const auto run, http::JsonDocument::parse(run_json));
    std::error_code failed;
    fs::create_directories(records_folder(checkout), failed);
    std::ofstream out(kept(checkout, lesson, ".ndjson"), std::ios::app);
    out << run_json << (run_json.ends_with('\n') ? "" : "\n");
    if (!out.flush()) {
        return fail(ErrorKind::io,
                    fmt::format("cannot write to {}", records_folder(checkout).string()));
    }
    APILAB_CHECK(write_file_atomically(kept(checkout, lesson, ".cpp"), source));
    return write_file_atomically(kept(checkout, lesson, ".toml"),
                                 scenario_text(checkout, run.root()));
}

Result<void> keep_refusal(const fs::path& checkout, const Lesson& lesson, std::string_view why,
                          std::string_view source) {
    return keep_run(checkout, lesson,
                    fmt::format(R"({{"version":1,"exercise":{},"runs":[],"refused":{}}})",
                                http::json_quote(lesson.name), http::json_quote(why)),
                    source);
}

Changes changes_between(const LessonRecord& before, const LessonRecord& after) {
    Changes changes;
    for (const auto& [id, status] : after.checks) {
        const auto was = before.checks.find(id);
        const bool was_red = was != before.checks.end() && was->second == "fail";
        if (status == "pass" && was_red) {
            changes.turned_green.push_back(id);
        } else if (status == "fail" && !was_red && !before.checks.empty()) {
            changes.turned_red.push_back(id);
        }
    }
    return changes;
}

}  // namespace apilab::cli
