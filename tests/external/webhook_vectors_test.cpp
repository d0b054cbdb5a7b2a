// Signatures of webhooks, as the providers publish them and others derived from those
// (APILAB_DATA/webhooks). Left out, by rule: schemes that SignatureVerifier does not have, and
// vectors on which real receivers disagree (`reject-or-accept`).

#include <gtest/gtest.h>

#include <string>

#include "apilab/work/signature.hpp"
#include "external_data.hpp"

namespace apilab::work {
namespace {

std::optional<SignatureScheme> scheme_of(std::string_view provider) {
    if (provider == "github") {
        return SignatureScheme::github;
    }
    return provider == "slack" ? std::optional(SignatureScheme::slack) : std::nullopt;
}

TEST(WebhookVectors, are_accepted_and_refused_as_written) {
    const auto files = external::files_in("webhooks");
    APILAB_SKIP_WITHOUT(files);
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        for (const auto row : document.root().elements()) {
            const auto scheme = scheme_of(row["provider"].string_or(""));
            const auto expect = row["expect"].string_or("");
            if (!scheme || (expect != "accept" && expect != "reject")) {
                continue;
            }
            const auto verifier = SignatureVerifier::create(
                *scheme, {.secrets = {Secret(std::string(row["secret"].string_or("")))}});
            ASSERT_TRUE(verifier) << row["id"].string_or("?");
            http::Headers headers;
            for (const auto& [name, value] : row["headers"].members()) {
                headers.add(std::string(name), std::string(value.string_or("")));
            }
            const SystemTime now(std::chrono::seconds(row["now"].integer().value_or(0)));
            const auto verdict = verifier->verify(headers, row["body"].string_or(""), now);
            EXPECT_EQ(verdict.has_value(), expect == "accept")
                << row["id"].string_or("?") << ": "
                << (verdict ? "accepted" : verdict.error().to_string());
            ++(verdict ? accepted : refused);
        }
    }
    EXPECT_GE(accepted, 4);
    EXPECT_GE(refused, 4);
}

}  // namespace
}  // namespace apilab::work
