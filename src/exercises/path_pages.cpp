// Writes what stands between the markers of docs/days, and tells where it has drifted:
//
//     path_pages --root . --write FILE...   (FILE: `PROGRAM --matrix FILE`; numbers.sh runs them
//     all) path_pages --root . --check FILE...   what numbers.sh would write is what stands there
//
// Without a file: what needs no run. Every program has its place on a page and in the README, every
// page its sections, and each program leads to the next one.

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "internal/pages.hpp"

namespace {

namespace fs = std::filesystem;
using namespace exercise::internal;
using apilab::Result;

constexpr int days = 14;
constexpr std::size_t bytes_max = 1U << 20U;

class Pages {
public:
    Pages(fs::path root, bool writes) : root_(std::move(root)), writes_(writes) {}

    Result<void> all_without_runs() {
        APILAB_TRY(const auto items, apilab::sandbox::built_in_checklist());
        for (int day = 1; day <= days; ++day) {
            APILAB_CHECK(put(page_of(day), "checklist", checklist_text(items, day)));
            APILAB_CHECK(has_sections(page_of(day)));
        }
        APILAB_TRY(const auto readme, apilab::read_file(root_ / "README.md", bytes_max));
        APILAB_CHECK(leads_through(path_in(readme)));
        APILAB_TRY(const auto matrix, apilab::read_file(root_ / matrix_page, bytes_max));
        for (const auto& name : programs()) {
            APILAB_TRY(const auto source, apilab::read_file(source_of(name), bytes_max));
            auto text = program_text(source);
            if (!text) {
                return apilab::fail(std::move(text).error().in(name));
            }
            APILAB_CHECK(put(page_of(day_of(name)), "program " + name, *text));
            need(std::ranges::count(path_in(readme), name) == 1,
                 "README.md does not name " + name + " once in its table of days");
            need(matrix.contains("| `" + name + "` |"),
                 std::string(matrix_page) + " has no line for " + name);
        }
        return {};
    }

    Result<void> runs_of(const fs::path& file) {
        APILAB_TRY(const auto text, apilab::read_file(file, bytes_max));
        APILAB_TRY(const auto document, apilab::http::JsonDocument::parse(text));
        const std::string name(document.root()["exercise"].string_or(""));
        APILAB_CHECK(put(page_of(day_of(name)), "numbers " + name, numbers_text(document.root())));
        APILAB_CHECK(put(page_of(day_of(name)), "breaks " + name, breaks_text(document.root())));
        return put_row("| `" + name + "` |", matrix_row(document.root()));
    }

    [[nodiscard]] int wrong() const { return wrong_; }

private:
    static constexpr const char* matrix_page = "docs/days/matrix.md";
    static constexpr const char* remedy = "src/exercises/numbers.sh BUILT-PROGRAMS writes it anew";

    [[nodiscard]] static int day_of(const std::string& name) {
        return name.size() > 5 ? std::atoi(name.substr(3, 2).c_str()) : 0;
    }
    [[nodiscard]] static std::string page_of(int day) {
        return fmt::format("docs/days/day-{:02}.md", day);
    }
    [[nodiscard]] fs::path source_of(const std::string& name) const {
        return root_ / "src/exercises" / (name + ".cpp");
    }
    [[nodiscard]] std::vector<std::string> programs() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(root_ / "src/exercises")) {
            const auto name = entry.path().stem().string();
            if (name.starts_with("day") && entry.path().extension() == ".cpp") {
                names.push_back(name);
            }
        }
        std::ranges::sort(names);
        return names;
    }

    void need(bool holds, const std::string& what) {
        if (!holds) {
            fmt::print(stderr, "{}\n", what);
            ++wrong_;
        }
    }

    // Each program says where to go from there: to the next one of README's table.
    Result<void> leads_through(const std::vector<std::string>& path) {
        for (std::size_t i = 0; i + 1 < path.size(); ++i) {
            APILAB_TRY(const auto source, apilab::read_file(source_of(path[i]), bytes_max));
            need(source.contains(fmt::format(".next = \"{}\"", path[i + 1])),
                 fmt::format("{} does not lead to {}, which follows it in README.md", path[i],
                             path[i + 1]));
        }
        return {};
    }

    // Every page has these, in this order; what is between them is its own.
    Result<void> has_sections(const std::string& page) {
        APILAB_TRY(const auto text, apilab::read_file(root_ / page, bytes_max));
        std::size_t at = 0;
        for (const char* section : {"# Day ", "(core)", "## Sources", "## On the checklist"}) {
            const auto found = text.find(section, at);
            need(found != std::string::npos, fmt::format("{} has no `{}` there", page, section));
            at = found == std::string::npos ? at : found;
        }
        return {};
    }

    Result<void> put(const std::string& page, const std::string& name, const std::string& body) {
        APILAB_TRY(auto text, apilab::read_file(root_ / page, bytes_max));
        auto with = with_region(text, name, body);
        if (!with) {
            return apilab::fail(std::move(with).error().in(page));
        }
        return settle(page, text, *with, name);
    }

    Result<void> put_row(const std::string& start, const std::string& row) {
        APILAB_TRY(auto text, apilab::read_file(root_ / matrix_page, bytes_max));
        const auto begin = text.find("\n" + start);
        if (begin == std::string::npos) {
            // At the end of the table, which numbers.sh fills in the order of the programs.
            return settle(matrix_page, text, text + row, start);
        }
        const auto end = text.find('\n', begin + 1) + 1;
        return settle(matrix_page, text, text.substr(0, begin + 1) + row + text.substr(end), start);
    }

    Result<void> settle(const std::string& page, const std::string& was, const std::string& now,
                        const std::string& what) {
        if (was == now) {
            return {};
        }
        if (writes_) {
            return apilab::write_file_atomically(root_ / page, now);
        }
        const auto at = std::ranges::mismatch(was, now).in1;
        const auto line = std::count(was.begin(), at, '\n') + 1;
        need(false,
             fmt::format("{}:{}: {} is not what the programs say; {}", page, line, what, remedy));
        return {};
    }

    fs::path root_;
    bool writes_;
    int wrong_ = 0;
};

Result<int> pages(const fs::path& root, bool writes, const std::vector<std::string>& files) {
    Pages all(root, writes);
    if (files.empty() || writes) {
        APILAB_CHECK(all.all_without_runs());
    }
    for (const auto& file : files) {
        APILAB_CHECK(all.runs_of(file));
    }
    return all.wrong() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("What stands between the markers of docs/days", "path_pages");
    std::string root = ".";
    bool writes = false;
    bool checks = false;
    std::vector<std::string> files;
    app.add_option("--root", root, "The checkout");
    auto* write = app.add_flag("--write", writes, "Writes what came of the runs");
    app.add_flag("--check", checks, "Tells where it stands otherwise")->excludes(write);
    app.add_option("files", files, "What programs wrote with --matrix");
    CLI11_PARSE(app, argc, argv);
    const auto code = pages(root, writes, files);
    if (!code) {
        fmt::print(stderr, "error: {}\n", code.error().to_string());
        return 1;
    }
    return *code;
}
