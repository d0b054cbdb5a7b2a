#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"
#include "apilab/work/receiver.hpp"
#include "apilab/work/signature.hpp"

namespace apilab::work::internal {

/// Everything of an endpoint that needs neither waiting nor a store: is it for us, is it genuine,
/// what is it?
class Endpoint {
public:
    [[nodiscard]] static Result<Endpoint> create(ReceiverEndpoint options,
                                                 const RedeliveryWatchOptions& redelivery);

    /// What is to be stored, or the answer to what is not; that one is counted.
    [[nodiscard]] std::expected<Incoming, http::Response> take(const http::Request& request,
                                                               SystemTime now);
    /// The job that it means.
    [[nodiscard]] NewJob job_of(Incoming& in) const;
    [[nodiscard]] Result<void> set_secrets(std::vector<Secret> secrets);

    [[nodiscard]] const Sender& sender() const { return *sender_; }
    [[nodiscard]] const ReceiverEndpoint& options() const { return options_; }

    ReceiverStats stats;
    /// Only where the sender does not try again, else null.
    std::shared_ptr<RedeliveryWatch> watch;
    /// What was raised last.
    RedeliveryWatch::State alarmed = RedeliveryWatch::State::fine;

private:
    Endpoint(ReceiverEndpoint options, const Sender& sender)
        : options_(std::move(options)), sender_(&sender) {}
    [[nodiscard]] std::optional<http::Response> refuse_unread(const http::Request& request);
    [[nodiscard]] std::optional<http::Response> refuse_unproved(const http::Request& request,
                                                                SystemTime now);
    [[nodiscard]] http::Response first_contact(const http::Request& request);

    ReceiverEndpoint options_;
    const Sender* sender_;
    /// None: Notion's, before its token came.
    std::optional<SignatureVerifier> verifier_;
};

/// An answer without a body.
[[nodiscard]] http::Response answer(int status);

}  // namespace apilab::work::internal
