#include "apilab/auth/service_account.hpp"

#include <fmt/format.h>

#include <string_view>
#include <system_error>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/policy/redirect.hpp"

namespace apilab::auth {
namespace {

constexpr std::size_t file_size_max = std::size_t{64} * 1024;
constexpr std::size_t depth_max = 8;

std::unexpected<Error> wrong(std::string_view member, std::string_view what) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("/{}: {}", member, what))
                    .with_detail(fmt::format("/{}", member)));
}

Result<std::string_view> text_of(http::Json file, std::string_view member,
                                 std::string_view expected) {
    const auto value = file[member];
    const auto text = value.string();
    if (!text || text->empty()) {
        return wrong(member, fmt::format("{} (expected {})",
                                         value.missing() ? "missing"
                                         : text          ? "empty"
                                                         : "not a string",
                                         expected));
    }
    return *text;
}

Result<ServiceAccount> read_account(const Secret& json) {
    const auto document = http::JsonDocument::parse(
        json.reveal(), {.size_max = file_size_max, .depth_max = depth_max});
    if (!document || !document->root().is_object()) {
        return fail(ErrorKind::invalid_argument, "no JSON object of at most 64 KiB");
    }
    const auto file = document->root();
    APILAB_TRY(const auto type, text_of(file, "type", "\"service_account\""));
    if (type != "service_account") {
        return fail(Error(ErrorKind::invalid_argument, "/type: not \"service_account\"")
                        .with_detail("/type")
                        .with_remedy("a key file of a service account; that of a user's consent "
                                     "holds a refresh token"));
    }
    APILAB_TRY(const auto email, text_of(file, "client_email", "the account's address"));
    APILAB_TRY(const auto key_id, text_of(file, "private_key_id", "the key's id"));
    APILAB_TRY(const auto token_uri, text_of(file, "token_uri", "the URL of the token endpoint"));
    APILAB_TRY(const auto pem, text_of(file, "private_key", "a key in PEM"));
    auto url = http::Url::parse(token_uri);
    if (!url) {  // without its error, which shows a part: people paste the wrong thing
        return wrong("token_uri", "no URL that can be asked (expected https://HOST/PATH)");
    }
    if (!url->secure() && !policy::is_private_host(url->host())) {
        return wrong("token_uri", "http (expected https: what goes there is worth a token)");
    }
    auto key = SigningKey::from_pem(Secret(std::string(pem)), std::string(key_id));
    if (!key) {
        return wrong("private_key", key.error().message());
    }
    return ServiceAccount{.client_email = std::string(email),
                          .key = *std::move(key),
                          .token_url = *std::move(url),
                          .project_id = std::string(file["project_id"].string_or(""))};
}

Result<void> not_for_others(const std::filesystem::path& path) {
    std::error_code error;
    const auto mode = std::filesystem::status(path, error).permissions();
    constexpr auto others =
        std::filesystem::perms::others_read | std::filesystem::perms::others_write;
    if (error || (mode & others) == std::filesystem::perms::none) {
        return {};  // where it is missing, reading says so
    }
    return fail(Error(ErrorKind::invalid_argument,
                      fmt::format("{}: mode {:04o} lets every user of this machine be the service "
                                  "account (expected 0600)",
                                  path.string(), static_cast<unsigned>(mode)))
                    .with_remedy("chmod 600, or allow it with KeyFileOptions::readable_by_others"));
}

}  // namespace

Result<ServiceAccount> ServiceAccount::from_json(const Secret& json) {
    auto account = read_account(json);
    if (!account) {
        return fail(std::move(account).error().in("reading a service account's key file"));
    }
    return account;
}

Result<ServiceAccount> ServiceAccount::from_file(const std::filesystem::path& path,
                                                 KeyFileOptions options) {
    if (!options.readable_by_others) {
        APILAB_CHECK(not_for_others(path));
    }
    APILAB_TRY(auto text, read_file(path, file_size_max));
    auto account = from_json(Secret(std::move(text)));
    if (!account) {
        return fail(std::move(account).error().in(path.string()));
    }
    return account;
}

JwtBearerOptions ServiceAccount::grant_options(std::string scope, std::string subject) const {
    return {.token_url = token_url,
            .key = key,
            .issuer = client_email,
            .subject = std::move(subject),
            .scope = std::move(scope)};
}

}  // namespace apilab::auth
