// apilab auth status: what is there and how long it lives.

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "auth/auth.hpp"
#include "table.hpp"

namespace apilab::cli {
namespace {

namespace json = boost::json;

struct Row {
    std::string name;
    Result<auth::StoredTokens> stored;
    SystemTime now;

    [[nodiscard]] std::optional<Duration> left() const {
        if (!stored || !stored->tokens.lifetime) {
            return std::nullopt;
        }
        return stored->obtained + *stored->tokens.lifetime - now;
    }
    [[nodiscard]] bool over() const { return left() && *left() <= Duration::zero(); }
    [[nodiscard]] bool renewable() const {
        return stored.has_value() && !stored->tokens.refresh_token.empty();
    }
    /// Does it need a person, or somebody who mends the file?
    [[nodiscard]] bool wanting() const { return !stored || !stored->refusal.empty(); }
    [[nodiscard]] std::string state() const {
        if (!stored) {
            return "unreadable";
        }
        if (!stored->refusal.empty()) {
            return "needs_consent";
        }
        return over() ? (renewable() ? "renewable" : "over") : "good";
    }
};

std::string fingerprint(const Secret& secret) {
    return secret.empty() ? "-" : "sha256:" + secret.fingerprint();
}

json::object row_json(const Row& row) {
    json::object object{{"name", row.name}, {"state", row.state()}};
    if (!row.stored) {
        object["error"] = row.stored.error().to_string();
        return object;
    }
    object["scope"] = row.stored->tokens.scope;
    object["renewals"] = row.stored->generation;
    object["access"] = fingerprint(row.stored->tokens.access_token);
    object["refresh"] = fingerprint(row.stored->tokens.refresh_token);
    object["refusal"] = row.stored->refusal;
    if (const auto left = row.left()) {
        object["seconds_left"] = std::chrono::floor<std::chrono::seconds>(*left).count();
    }
    return object;
}

std::vector<std::string> row_cells(const Row& row) {
    if (!row.stored) {
        return {row.name, row.state(), "-", "-", "-", "-", row.stored.error().to_string()};
    }
    const auto& stored = *row.stored;
    const auto left = row.left();
    const auto seconds =
        left ? std::chrono::floor<std::chrono::seconds>(std::max(*left, Duration::zero()))
             : std::chrono::seconds(0);
    return {row.name,
            row.state(),
            left ? format_duration(seconds) : "unknown",
            std::to_string(stored.generation),
            fingerprint(stored.tokens.access_token),
            fingerprint(stored.tokens.refresh_token),
            stored.refusal.empty() ? stored.tokens.scope : stored.refusal};
}

Result<std::vector<Row>> rows_of(AuthFolder& folder, const AuthFlags& flags) {
    std::vector<std::string> names{flags.name};
    if (flags.name.empty()) {
        APILAB_TRY(names, folder.store().names());
    }
    std::vector<Row> rows;
    const RealClock clock;
    for (const auto& name : names) {
        auto stored = folder.store().load(name);
        if (stored && !*stored) {
            return fail(Error(ErrorKind::auth, fmt::format("{}: not logged in", name))
                            .with_remedy("apilab auth login"));
        }
        rows.push_back({.name = name,
                        .stored = stored ? Result<auth::StoredTokens>(**std::move(stored))
                                         : fail(std::move(stored).error()),
                        .now = clock.system_now()});
    }
    return rows;
}

}  // namespace

Result<ExitCode> auth_status(const AuthFlags& flags, const Globals& globals) {
    APILAB_TRY(auto folder, AuthFolder::open(flags));
    APILAB_TRY(const auto rows, rows_of(folder, flags));
    if (globals.json) {
        json::array array;
        for (const auto& row : rows) {
            array.push_back(row_json(row));
        }
        fmt::print("{}\n", json::serialize(json::object{{"credentials", std::move(array)}}));
    } else if (rows.empty()) {
        fmt::print("nobody is logged in; tokens would be kept in {}\n", folder.path().string());
    } else {
        Table table({"NAME", "STATE", ">LEFT", ">RENEWALS", "ACCESS", "REFRESH", "SCOPE"});
        for (const auto& row : rows) {
            table.add(row_cells(row));
        }
        fmt::print("{}", table.to_string(globals.out()));
    }
    return std::ranges::any_of(rows, &Row::wanting) ? ExitCode::authentication : ExitCode::success;
}

}  // namespace apilab::cli
