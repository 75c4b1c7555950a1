/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <poll.h>
#include <pthread.h>

static hb_mem_buf_queue_t create(uint32_t count)
{
	hb_mem_buf_queue_t queue = {.count = count, .item_size = sizeof(int64_t)};
	assert_int_equal(hb_mem_create_buf_queue(&queue), 0);
	assert_true(queue.unique_id != 0);
	return queue;
}

static void slots_go_round_in_order(void **state)
{
	hb_mem_buf_queue_t queue = create(2);
	int32_t first, second, slot;
	int64_t item = 0;
	(void)state;
	assert_int_equal(hb_mem_request_buf(&queue, &slot, &item, 0), HB_MEM_ERR_QUEUE_NO_AVAILABLE_SLOT);
	assert_int_equal(hb_mem_request_buf(&queue, &slot, &item, 20), HB_MEM_ERR_TIMEOUT);
	assert_int_equal(hb_mem_dequeue_buf(&queue, &first, &item, 0), 0);
	assert_int_equal(hb_mem_dequeue_buf(&queue, &second, &item, 0), 0);
	assert_int_equal(hb_mem_dequeue_buf(&queue, &slot, &item, 0), HB_MEM_ERR_QUEUE_NO_AVAILABLE_SLOT);
	item = 22;
	assert_int_equal(hb_mem_queue_buf(&queue, second, &item), 0);
	item = 11;
	assert_int_equal(hb_mem_queue_buf(&queue, first, &item), 0);
	assert_int_equal(hb_mem_queue_buf(&queue, first, &item), HB_MEM_ERR_QUEUE_WRONG_SLOT);
	assert_int_equal(hb_mem_request_buf(&queue, &slot, &item, 0), 0);
	assert_int_equal(slot, second);
	assert_int_equal(item, 22);
	assert_int_equal(hb_mem_cancel_buf(&queue, slot), 0);
	assert_int_equal(hb_mem_request_buf(&queue, &slot, &item, 0), 0);
	assert_int_equal(slot, second);
	assert_int_equal(hb_mem_release_buf(&queue, slot), 0);
	assert_int_equal(hb_mem_release_buf(&queue, slot), HB_MEM_ERR_QUEUE_WRONG_SLOT);
	assert_int_equal(hb_mem_release_buf(&queue, 2), HB_MEM_ERR_QUEUE_WRONG_SLOT);
	assert_int_equal(hb_mem_cancel_buf(&queue, slot), HB_MEM_ERR_QUEUE_WRONG_SLOT);
	assert_int_equal(hb_mem_destroy_buf_queue(&queue), 0);
	assert_int_equal(hb_mem_destroy_buf_queue(&queue), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_dequeue_buf(&queue, &slot, &item, 0), HB_MEM_ERR_QUEUE_NOT_FOUND);
	assert_int_equal(hb_mem_release_buf(&queue, 0), HB_MEM_ERR_QUEUE_NOT_FOUND);
}

static void number_can_be_used_once(void **state)
{
	hb_mem_buf_queue_t queue = {.unique_id = 4711, .count = 1, .item_size = 8}, none = {.count = 0, .item_size = 8};
	(void)state;
	assert_int_equal(hb_mem_create_buf_queue(&queue), 0);
	assert_int_equal(hb_mem_create_buf_queue(&queue), HB_MEM_ERR_QUEUE_ALREADY_EXIST);
	assert_int_equal(hb_mem_create_buf_queue(&none), HB_MEM_ERR_INVALID_PARAMS);
	assert_int_equal(hb_mem_create_buf_queue(NULL), HB_MEM_ERR_INVALID_PARAMS);
}

static void *produce(void *argument)
{
	hb_mem_buf_queue_t *queue = argument;
	for (int64_t number = 1; number <= 500; number++) {
		int64_t item;
		int32_t slot;
		if (hb_mem_dequeue_buf(queue, &slot, &item, -1) || hb_mem_queue_buf(queue, slot, &number))
			return (void *)1;
	}
	return NULL;
}

static void threads_pass_items_in_order(void **state)
{
	hb_mem_buf_queue_t queue = create(3);
	pthread_t producer;
	void *result;
	(void)state;
	pthread_create(&producer, NULL, produce, &queue);
	for (int64_t number = 1; number <= 500; number++) {
		int64_t item;
		int32_t slot;
		assert_int_equal(hb_mem_request_buf(&queue, &slot, &item, 60000), 0);
		assert_int_equal(item, number);
		assert_int_equal(hb_mem_release_buf(&queue, slot), 0);
	}
	pthread_join(producer, &result);
	assert_null(result);
}

static void *request_forever(void *argument)
{
	int64_t item;
	int32_t slot;
	return (void *)(intptr_t)hb_mem_request_buf(argument, &slot, &item, -1);
}

static void destroying_wakes_sleepers(void **state)
{
	hb_mem_buf_queue_t queue = create(1);
	pthread_t sleeper;
	void *result;
	(void)state;
	pthread_create(&sleeper, NULL, request_forever, &queue);
	poll(NULL, 0, 50);
	assert_int_equal(hb_mem_destroy_buf_queue(&queue), 0);
	pthread_join(sleeper, &result);
	/* One that had not yet gone to sleep finds no queue. */
	assert_true((intptr_t)result == HB_MEM_ERR_QUEUE_DESTROYED || (intptr_t)result == HB_MEM_ERR_QUEUE_NOT_FOUND);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		opened_test(slots_go_round_in_order),
		opened_test(number_can_be_used_once),
		opened_test(threads_pass_items_in_order),
		opened_test(destroying_wakes_sleepers),
	};
	return HARNESS_RUN(argc, argv, tests);
}
