// apilab secrets check: is every secret there?

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <cstdio>

#include "apilab/base/ascii.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "secrets.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t names_file_max = std::size_t{1} << 20U;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

bool is_name(std::string_view text) {
    return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
           std::ranges::all_of(text, [](char c) { return ascii_alnum(c) || c == '_'; });
}

struct Row {
    WantedSecret wanted;
    Result<std::optional<FoundSecret>> found;

    [[nodiscard]] bool missing() const { return !found || !*found; }
};

std::string age_of(const FoundSecret& found) {
    if (!found.written) {
        return "-";
    }
    const auto age = RealClock().system_now() - *found.written;
    return format_duration(std::max<Duration>(age, Duration::zero()));
}

json::object row_json(const Row& row) {
    json::object object{{"name", row.wanted.name}, {"for", row.wanted.purpose}};
    object["found"] = !row.missing();
    if (!row.found) {
        object["error"] = row.found.error().to_string();
    } else if (*row.found) {
        const FoundSecret& secret = **row.found;
        object["source"] = secret.source;
        object["fingerprint"] = "sha256:" + secret.value.fingerprint();
        object["warnings"] = json::value_from(secret.warnings);
    }
    return object;
}

std::vector<std::string> row_cells(const Row& row) {
    if (!row.found) {
        return {row.wanted.name,
                row.wanted.purpose,
                "cannot be read",
                "-",
                "-",
                row.found.error().to_string()};
    }
    if (!*row.found) {
        return {row.wanted.name, row.wanted.purpose, "not set", "-", "-", ""};
    }
    const FoundSecret& secret = **row.found;
    return {row.wanted.name, row.wanted.purpose,
            secret.source,   "sha256:" + secret.value.fingerprint(),
            age_of(secret),  fmt::format("{}", fmt::join(secret.warnings, "; "))};
}

}  // namespace

std::vector<WantedSecret> own_secrets() {
    return {{"APILAB_GITHUB_TOKEN", "GitHub for radar"},
            {"GITHUB_TOKEN", "the same, where there is no other"},
            {"APILAB_ADMIN_TOKEN", "the journal of a running sandbox"}};
}

Result<std::vector<WantedSecret>> read_wanted(const std::string& file) {
    APILAB_TRY(const auto text, read_file(file, names_file_max));
    std::vector<WantedSecret> wanted;
    std::string above;
    std::size_t number = 0;
    for (std::string_view rest = text; !rest.empty();) {
        ++number;
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto mark = std::min(line.find('#'), line.size());
        const auto comment = trimmed(line.substr(std::min(mark + 1, line.size())));
        if (mark == 0 || line.empty()) {
            above = line.empty() ? std::string()
                                 : above + (above.empty() ? "" : " ") + std::string(comment);
            continue;
        }
        auto name = trimmed(line.substr(0, std::min(mark, line.find('='))));
        name = name.starts_with("export ") ? trimmed(name.substr(7)) : name;
        if (!is_name(name)) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("{}: line {} names no variable", file, number))
                            .with_remedy("write NAME=  # what it is for"));
        }
        wanted.push_back({std::string(name), comment.empty() ? above : std::string(comment)});
        above.clear();
    }
    return wanted;
}

Result<ExitCode> check_secrets(const SecretsFlags& flags, const Globals& globals) {
    const bool asked = !flags.names.empty() || !flags.names_file.empty();
    std::vector<WantedSecret> wanted = asked ? std::vector<WantedSecret>() : own_secrets();
    if (!flags.names_file.empty()) {
        APILAB_TRY(wanted, read_wanted(flags.names_file));
    }
    for (const auto& name : flags.names) {
        wanted.push_back({name, {}});
    }
    const SecretSources sources = flags.sources();
    std::vector<Row> rows;
    for (auto& one : wanted) {
        auto found = sources.find(one.name);
        rows.push_back({std::move(one), std::move(found)});
    }
    if (globals.json) {
        json::array all;
        std::ranges::transform(rows, std::back_inserter(all), row_json);
        fmt::print("{}\n", json::serialize(json::object{{"version", 1}, {"secrets", all}}));
    } else {
        Table table({"name", "for", "source", "fingerprint", ">age", "warnings"});
        for (const Row& row : rows) {
            table.add(row_cells(row));
        }
        fmt::print("{}", table.to_string(globals.out()));
    }
    // What nobody asked for may be missing; what is there has to be readable.
    const bool wrong = std::ranges::any_of(
        rows, [&](const Row& row) { return asked ? row.missing() : !row.found; });
    if (wrong && !globals.quiet) {
        fmt::print(stderr,
                   "not every secret is there: set NAME, or NAME_FILE to the path of a "
                   "file, or write it into {}\n",
                   flags.dotenv);
    }
    return wrong ? ExitCode::usage : ExitCode::success;
}

}  // namespace apilab::cli
