// Signatures of webhooks, as the providers publish them and others derived from those
// (APILAB_DATA/webhooks). Left out, by rule: vectors on which real receivers disagree
// (`reject-or-accept`).

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "apilab/work/signature.hpp"
#include "external_data.hpp"

namespace apilab::work {
namespace {

std::optional<SignatureScheme> scheme_of(std::string_view provider) {
    return find_signature_scheme(provider == "standard-webhooks" ? "standard" : provider);
}

http::Headers headers_of(http::Json row) {
    http::Headers headers;
    for (const auto& [name, value] : row["headers"].members()) {
        headers.add(std::string(name), std::string(value.string_or("")));
    }
    return headers;
}

SystemTime time_of(http::Json row) {
    return SystemTime(std::chrono::seconds(row["now"].integer().value_or(0)));
}

TEST(WebhookVectors, are_accepted_and_refused_as_written) {
    const auto files = external::files_in("webhooks");
    APILAB_SKIP_WITHOUT(files);
    std::set<SignatureScheme> accepted;
    std::set<SignatureScheme> refused;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        for (const auto row : document.root().elements()) {
            const auto scheme = scheme_of(row["provider"].string_or(""));
            ASSERT_TRUE(scheme) << row["provider"].string_or("?");
            const auto expect = row["expect"].string_or("");
            if (expect != "accept" && expect != "reject") {
                continue;
            }
            const auto verifier = SignatureVerifier::create(
                *scheme, {.secrets = {Secret(std::string(row["secret"].string_or("")))}});
            ASSERT_TRUE(verifier) << row["id"].string_or("?");
            const auto verdict =
                verifier->verify(headers_of(row), row["body"].string_or(""), time_of(row));
            EXPECT_EQ(verdict.has_value(), expect == "accept")
                << row["id"].string_or("?") << ": "
                << (verdict ? "accepted" : verdict.error().to_string());
            (verdict ? accepted : refused).insert(*scheme);
        }
    }
    EXPECT_EQ(accepted.size(), 6) << "there is none of ed25519";
    EXPECT_EQ(refused, accepted);
}

// The same items, in whatever order a header of pairs has them.
std::set<std::string> items_of(std::string_view value) {
    std::set<std::string> items;
    while (!value.empty()) {
        const auto item = value.substr(0, value.find(','));
        items.emplace(item);
        value.remove_prefix(std::min(item.size() + 1, value.size()));
    }
    return items;
}

TEST(WebhookVectors, that_are_accepted_are_what_our_signer_writes) {
    const auto files = external::files_in("webhooks");
    APILAB_SKIP_WITHOUT(files);
    std::size_t compared = 0;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        for (const auto row : document.root().elements()) {
            if (row["expect"].string_or("") != "accept") {
                continue;
            }
            const auto theirs = headers_of(row);
            const auto signer =
                SignatureSigner::create(*scheme_of(row["provider"].string_or("")),
                                        Secret(std::string(row["secret"].string_or(""))));
            ASSERT_TRUE(signer) << row["id"].string_or("?");
            const auto ours =
                signer->sign(row["body"].string_or(""), theirs.value("webhook-id"), time_of(row));
            ASSERT_TRUE(ours) << row["id"].string_or("?");
            for (const auto& [name, value] : *ours) {
                EXPECT_EQ(items_of(value), items_of(theirs.value(name)))
                    << row["id"].string_or("?");
            }
            ++compared;
        }
    }
    EXPECT_GE(compared, 10);
}

}  // namespace
}  // namespace apilab::work
