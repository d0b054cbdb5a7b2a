#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"
#include "apilab/observe/story.hpp"

namespace apilab::observe {

/// One attempt with its request and what came of it.
struct HarEntry {
    SystemTime started;
    http::Request request;
    /// Nothing where no complete answer came; then `attempt` says why.
    std::optional<http::Response> response;
    http::AttemptRecord attempt;
};

struct HarOptions {
    /// Bytes of one body that are kept.
    std::size_t body_max = std::size_t{64} * 1024;
    /// Entries; those beyond are counted and left out.
    std::size_t entries_max = 10'000;
    /// Values that become `***` wherever they stand, beside those of `Scrubber::of_process()`: the
    /// second net, for a secret in a path or in a text. Encoded ones, too (`Scrubber`); those with
    /// less than `Scrubber::value_min` bytes are left out.
    std::vector<Secret> secrets;
};

/// An HTTP archive (HAR 1.2) of single attempts, as browsers' developer tools and many programs
/// read it. What is in it is fit to be shown: see `redact.hpp` for what is hidden. A failed attempt
/// has status 0, and what went wrong as `_error` of its response.
///
///     Har har;
///     har.add({.started = ..., .request = request, .response = answer, .attempt = record});
///     write_file_atomically("trace.har", har.text());
class Har {
public:
    explicit Har(HarOptions options = {});

    void add(const HarEntry& entry);
    /// A call: a page of its own, and an entry for each attempt with what HAR has no word for:
    /// `_attempt`, `_hop`, `_hedge`, `_outcome`, `_waits` (those before it: cause and ms), `_wait`
    /// (their sum in ms), `_decision` (the sentences on what was decided after it) and `_callId`.
    /// The page holds the record itself (`_story`), so that `read_har` gives the same story. The
    /// parts of `timings` add up to `time`; what no phase accounts for is `blocked`.
    void add(const Story& story);
    /// The document.
    [[nodiscard]] std::string text() const;

private:
    [[nodiscard]] std::string scrubbed(std::string text) const;

    HarOptions options_;
    std::shared_ptr<Scrubber> scrubber_;
    /// Each a JSON object.
    std::vector<std::string> entries_;
    std::vector<std::string> pages_;
    std::size_t left_out_ = 0;
};

}  // namespace apilab::observe
