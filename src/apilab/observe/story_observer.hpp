#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/message.hpp"
#include "apilab/observe/story.hpp"

namespace apilab::observe {

struct StoryOptions {
    /// Bytes of one body that are kept. Default 64 KiB; 0: none.
    std::size_t body_max = std::size_t{64} * 1024;
    /// Exchanges of one call that are kept. Default 100.
    std::size_t exchanges_max = 100;
    /// Calls under way at one time whose exchanges are kept. Default 1,000; of others the record
    /// is all there is.
    std::size_t calls_max = 1'000;
    /// False: records only, and no request is copied.
    bool exchanges = true;
};

/// `sent` and `answer` as they may be shown: see `Exchange`. `answer` null: none came.
[[nodiscard]] Exchange shown_exchange(const http::Request& sent, const http::Response* answer,
                                      std::size_t body_max);

/// Hands over each call when it is over, with what was said in it. An observer: give it to the
/// client. The clock outlives it; `sink` is called on the client's thread and must not block.
///
///     std::vector<Story> stories;
///     StoryObserver keeper(scheduler, [&](Story story) { stories.push_back(std::move(story)); });
///     auto client = Client::create(scheduler, transport, rng, {}, {&keeper});
class StoryObserver final : public http::Observer {
public:
    using Sink = std::function<void(Story story)>;
    StoryObserver(const Clock& clock, Sink sink, StoryOptions options = {});

    void on_exchange(const http::CallRecord& call, const http::AttemptRecord& attempt,
                     const http::Request& sent, const http::Response* answer) override;
    void on_call(const http::CallRecord& call) override;
    [[nodiscard]] bool wants_exchanges() const override { return options_.exchanges; }

private:
    const Clock& clock_;
    Sink sink_;
    StoryOptions options_;
    /// Of calls under way.
    std::map<const http::CallRecord*, std::vector<Exchange>> exchanges_;
};

}  // namespace apilab::observe
