#pragma once

#include <filesystem>
#include <string>

#include "apilab/auth/jwt_bearer_grant.hpp"
#include "apilab/auth/signing_key.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/url.hpp"

namespace apilab::auth {

struct KeyFileOptions {
    /// Take a file that everybody on the machine may read or write. Default no: whoever has the
    /// file is the service account. Mounted volumes of some platforms cannot do better.
    bool readable_by_others = false;
};

/// A service account of Google, as its key file in JSON describes it. A value.
///
///     APILAB_TRY(const auto account, ServiceAccount::from_file("/run/secrets/google.json"));
///     const JwtBearerGrant grant(account.grant_options("https://www.googleapis.com/auth/drive"));
struct ServiceAccount {
    std::string client_email;
    /// With the file's `private_key_id` as its id.
    SigningKey key;
    http::Url token_url;
    /// Empty where the file names none.
    std::string project_id;

    /// At most 64 KiB. Errors (`invalid_argument`, the member as a JSON pointer in `detail()`,
    /// nothing of its value): one of `type` (which has to be `service_account`), `client_email`,
    /// `private_key`, `private_key_id`, `token_uri` is missing or malformed; a `token_uri` that is
    /// http and not within a private network.
    [[nodiscard]] static Result<ServiceAccount> from_json(const Secret& json);
    /// The same from a file. Errors besides: those of `read_file`, and `invalid_argument` with its
    /// mode for a file that others may read or write. Blocks the thread.
    [[nodiscard]] static Result<ServiceAccount> from_file(const std::filesystem::path& path,
                                                          KeyFileOptions options = {});

    /// What `JwtBearerGrant` needs to ask for these scopes (with spaces between), on behalf of
    /// `subject` where there is one (domain-wide delegation; Gmail needs it).
    [[nodiscard]] JwtBearerOptions grant_options(std::string scope, std::string subject = {}) const;
};

}  // namespace apilab::auth
