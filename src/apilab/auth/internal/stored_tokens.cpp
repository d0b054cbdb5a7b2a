#include "apilab/auth/internal/stored_tokens.hpp"

#include <fmt/format.h>

#include <chrono>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"

namespace apilab::auth::internal {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t version = 1;
// So that an absurd number cannot overflow a time: the year 2200, and a hundred years.
constexpr std::int64_t obtained_max = 7'258'118'400'000;
constexpr std::int64_t lifetime_max = 3'155'760'000'000;

std::unexpected<Error> wrong(std::string_view member, std::string_view what) {
    return fail(
        Error(ErrorKind::invalid_argument, fmt::format("stored tokens: {}: {}", member, what))
            .with_detail(std::string(member)));
}

Result<std::string> text_of(http::Json root, std::string_view member) {
    const auto value = root[member].string();
    if (!value) {
        return wrong(member, "expected a string");
    }
    return std::string(*value);
}

Result<std::int64_t> number_of(http::Json root, std::string_view member, std::int64_t max) {
    const auto value = root[member].integer();
    if (!value || *value < 0 || *value > max) {
        return wrong(member, fmt::format("expected an integer from 0 to {}", max));
    }
    return *value;
}

}  // namespace

std::string write_stored_tokens(const StoredTokens& stored) {
    const auto& tokens = stored.tokens;
    const auto quoted = [](const Secret& secret) { return http::json_quote(secret.reveal()); };
    const auto lifetime =
        tokens.lifetime ? std::to_string(std::chrono::floor<milliseconds>(*tokens.lifetime).count())
                        : std::string("null");
    return fmt::format(
        R"({{"version":{},"generation":{},"obtained_ms":{},"lifetime_ms":{},"scope":{},)"
        R"("seed":{},"refusal":{},"access_token":{},"refresh_token":{},"id_token":{}}})"
        "\n",
        version, stored.generation,
        std::chrono::floor<milliseconds>(stored.obtained).time_since_epoch().count(), lifetime,
        http::json_quote(tokens.scope), http::json_quote(stored.seed),
        http::json_quote(stored.refusal), quoted(tokens.access_token), quoted(tokens.refresh_token),
        quoted(tokens.id_token));
}

Result<StoredTokens> read_stored_tokens(std::string_view text) {
    const auto document = http::JsonDocument::parse(text, {.depth_max = 8});
    if (!document || !document->root().is_object()) {
        return wrong("document", "not a JSON object");
    }
    const auto root = document->root();
    const auto written = root["version"].integer().value_or(0);
    if (written != version) {
        return wrong("version", written > version
                                    ? "a newer version of apilab wrote this; use that one"
                                    : "expected 1");
    }
    constexpr std::int64_t generations_max = std::int64_t{1} << 62U;
    APILAB_TRY(const auto generation, number_of(root, "generation", generations_max));
    APILAB_TRY(const auto obtained, number_of(root, "obtained_ms", obtained_max));
    APILAB_TRY(auto access, text_of(root, "access_token"));
    APILAB_TRY(auto refresh, text_of(root, "refresh_token"));
    APILAB_TRY(auto id, text_of(root, "id_token"));
    APILAB_TRY(auto scope, text_of(root, "scope"));
    APILAB_TRY(auto seed, text_of(root, "seed"));
    APILAB_TRY(auto refusal, text_of(root, "refusal"));
    StoredTokens stored{.tokens = {.access_token = Secret(std::move(access)),
                                   .refresh_token = Secret(std::move(refresh)),
                                   .scope = std::move(scope),
                                   .id_token = Secret(std::move(id))},
                        .obtained = SystemTime(milliseconds(obtained)),
                        .generation = static_cast<std::uint64_t>(generation),
                        .seed = std::move(seed),
                        .refusal = std::move(refusal)};
    if (!root["lifetime_ms"].is_null()) {
        APILAB_TRY(const auto lifetime, number_of(root, "lifetime_ms", lifetime_max));
        stored.tokens.lifetime = milliseconds(lifetime);
    }
    return stored;
}

}  // namespace apilab::auth::internal
