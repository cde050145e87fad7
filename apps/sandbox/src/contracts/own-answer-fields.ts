/** The fields that each of Stripe's objects always has (API 2026-10-28.endive). A test keeps it equal to the contract. */
export const STRIPE_ANSWER_FIELDS: Record<string, string> = {
  account: 'id object charges_enabled details_submitted email payouts_enabled type',
  account_link: 'object created expires_at url',
  application_fee:
    'id object account amount amount_refunded application balance_transaction charge created ' +
    'currency fee_source livemode originating_transaction refunded refunds',
  balance: 'object available livemode pending',
  balance_transaction:
    'id object amount available_on balance_type created currency description exchange_rate fee ' +
    'fee_details net reporting_category source status type',
  charge:
    'id object amount amount_captured amount_refunded application application_fee ' +
    'application_fee_amount balance_transaction billing_details calculated_statement_descriptor ' +
    'captured created currency customer description disputed failure_balance_transaction ' +
    'failure_code failure_message fraud_details livemode metadata on_behalf_of outcome paid ' +
    'payment_intent payment_method payment_method_details receipt_email receipt_number ' +
    'receipt_url refunded review shipping source source_transfer statement_descriptor ' +
    'statement_descriptor_suffix status transfer_data transfer_group',
  'checkout.session':
    'id object adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types ' +
    'amount_subtotal amount_total automatic_tax billing_address_collection cancel_url ' +
    'client_reference_id client_secret collected_information consent consent_collection created ' +
    'currency currency_conversion custom_fields custom_text customer customer_account ' +
    'customer_creation customer_details customer_email discounts expires_at integration_identifier ' +
    'invoice invoice_creation livemode locale managed_payments metadata mode origin_context ' +
    'payment_intent payment_link payment_method_collection payment_method_configuration_details ' +
    'payment_method_options payment_method_types payment_status permissions recovered_from ' +
    'saved_payment_method_options setup_intent shipping_address_collection shipping_cost ' +
    'shipping_options status submit_type subscription success_url total_details ui_mode url ' +
    'wallet_options',
  customer:
    'id object balance created default_source description email invoice_settings livemode ' +
    'metadata shipping',
  dispute:
    'id object amount balance_transactions charge created currency enhanced_eligibility_types ' +
    'evidence evidence_details intended_submission_method is_charge_refundable livemode metadata ' +
    'payment_intent reason status',
  event: 'id object type data created livemode pending_webhooks api_version request',
  fee_refund: 'id object amount balance_transaction created currency fee metadata',
  line_item:
    'id object adjustable_quantity amount_discount amount_subtotal amount_tax amount_total currency ' +
    'description metadata price quantity',
  payment_intent:
    'id object allowed_payment_method_types amount amount_capturable amount_received application ' +
    'application_fee_amount automatic_payment_methods canceled_at cancellation_reason ' +
    'capture_method client_secret confirmation_method created currency customer customer_account ' +
    'description excluded_payment_method_types last_payment_error latest_charge livemode ' +
    'managed_payments metadata next_action on_behalf_of payment_method ' +
    'payment_method_configuration_details payment_method_options payment_method_types ' +
    'payment_record processing receipt_email review setup_future_usage shipping source ' +
    'statement_descriptor statement_descriptor_suffix status transfer_group',
  payment_method: 'id object billing_details created customer customer_account livemode metadata type',
  refund:
    'id object amount balance_transaction charge created currency customer customer_account ' +
    'metadata payment_intent payment_method reason receipt_number source_transfer_reversal status ' +
    'transfer_reversal',
  setup_intent:
    'id object allowed_payment_method_types application automatic_payment_methods cancellation_reason ' +
    'client_secret created customer description excluded_payment_method_types last_setup_error ' +
    'latest_attempt livemode mandate metadata next_action on_behalf_of payment_method ' +
    'payment_method_configuration_details payment_method_options payment_method_types ' +
    'single_use_mandate status usage',
  transfer:
    'id object amount amount_reversed balance_transaction created currency description ' +
    'destination livemode metadata reversals reversed source_transaction transfer_group',
  transfer_reversal:
    'id object amount balance_transaction created currency destination_payment_refund metadata ' +
    'source_refund transfer',
};
