# SPDX-License-Identifier: Apache-2.0
"""A consumer as a source of asyncio."""

import asyncio
import time

import pytest

import zcframe


def test_async_for_gets_frames_and_leaves_the_loop_free(start_camera):
    start_camera(50)

    async def run():
        turns = 0

        async def count():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.001)

        counter = asyncio.create_task(count())
        sequences = []
        with zcframe.Consumer("test", timeout=10) as consumer:
            async for frame in consumer:
                sequences.append(frame.sequence)
                assert frame.y[0, 0] == frame.frame_number % 256
                if len(sequences) == 10:
                    break
        counter.cancel()
        assert sequences == sorted(set(sequences))
        return turns

    assert asyncio.run(run()) > 20


def test_a_frame_that_is_there_already_needs_no_wait(channel):
    consumer = channel.attach()
    channel.publish(1)
    channel.publish(2)

    async def run():
        with await consumer.acquire_async() as frame:
            return frame.frame_number

    assert asyncio.run(run()) == 2


def test_a_frame_is_noticed_while_waiting(channel):
    consumer = channel.attach()

    async def run():
        asyncio.get_running_loop().call_later(0.1, channel.publish, 5)
        with await consumer.acquire_async(30) as frame:
            return int(frame.y[0, 0])

    assert asyncio.run(run()) == 5


def test_no_frame_in_time_is_a_timeout_error(channel):
    consumer = channel.attach()

    async def run():
        start = time.monotonic()
        with pytest.raises(TimeoutError):
            await consumer.acquire_async(0.2)
        assert time.monotonic() - start >= 0.19

    asyncio.run(run())


def test_a_cancelled_wait_can_be_made_again(channel):
    consumer = channel.attach()

    async def run():
        task = asyncio.create_task(consumer.acquire_async())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        channel.publish(9)
        return (await consumer.acquire_async(30)).frame_number

    assert asyncio.run(run()) == 1


def test_two_tasks_cannot_wait_on_one_consumer(channel):
    consumer = channel.attach()

    async def run():
        first = asyncio.create_task(consumer.acquire_async())
        await asyncio.sleep(0.01)
        with pytest.raises(RuntimeError, match="another task"):
            await consumer.acquire_async()
        first.cancel()

    asyncio.run(run())


def test_a_restarted_producer_is_found(start_camera):
    camera = start_camera()

    async def run():
        with zcframe.Consumer("test", timeout=10) as consumer:
            first = (await consumer.acquire_async(10)).epoch
            camera.kill()
            camera.wait()
            start_camera()
            async for frame in consumer:
                if frame.epoch != first:
                    return frame.discontinuity

    assert asyncio.run(run()) is True
