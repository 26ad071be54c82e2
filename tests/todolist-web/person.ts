import type { Browser, BrowserContext, Page } from 'playwright-core'
import { complaintsOf } from '../browser.js'

/** Somebody at a browser of their own, with the web app in front of them. */
export interface Person {
  readonly page: Page
  readonly context: BrowserContext
  /** What the browser has to say of the page. */
  readonly complaints: string[]
}

/** Reads the newest mail to this address and gives the code in it. */
export type Mailbox = (address: string) => Promise<string>

export async function arrive(browser: Browser, address: string, { dark = false } = {}): Promise<Person> {
  const context = await browser.newContext({ colorScheme: dark ? 'dark' : 'light' })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const complaints = complaintsOf(page)
  await page.goto(address)
  return { page, context, complaints }
}

export interface Account {
  readonly email: string
  readonly name: string
  readonly password: string
}

/** From the web app's first page to the list of a new account. */
export async function signUp({ page }: Person, { email, name, password }: Account, mailbox: Mailbox): Promise<void> {
  await page.getByRole('button', { name: 'Create an account' }).click()
  await page.getByLabel('Email', { exact: true }).fill(email)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Code').fill(await mailbox(email))
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('New password').fill(password)
  await page.getByRole('button', { name: 'Continue' }).click()
  await list(page).waitFor()
}

/** Fills in the tenant's page. */
export async function enterPassword(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Email or user name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

export const list = (page: Page) => page.getByRole('heading', { name: 'Your to-dos' })

export const newTodo = (page: Page) => page.getByRole('main').getByLabel('What is to be done?').first()

export async function add(page: Page, description: string): Promise<void> {
  await newTodo(page).fill(description)
  await page.keyboard.press('Enter')
  await row(page, description).waitFor()
}

export const row = (page: Page, description: string) => page.getByRole('listitem').filter({ hasText: description })

export const descriptions = (page: Page) => page.getByRole('listitem').locator('.text').allInnerTexts()
